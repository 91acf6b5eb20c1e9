import { abortError, throwIfAborted } from '@srvau/storage';

/** One after the other, in the order they came: two trainings would share processors and memory, and both be slower. */
export class Turn {
  private last: Promise<void> = Promise.resolve();

  /**
   * Runs `work` when all that came before have ended.
   * @throws SrvauError the signal's reason, where it aborts before that
   */
  async take<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const before = this.last;
    let end: () => void = () => undefined;
    const own = new Promise<void>((resolve) => (end = resolve));
    this.last = before.then(() => own);
    try {
      await untilAbort(before, signal);
      return await work();
    } finally {
      end();
    }
  }
}

async function untilAbort(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  throwIfAborted(signal);
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(abortError(signal));
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
