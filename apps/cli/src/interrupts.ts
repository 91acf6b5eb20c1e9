import { setMaxListeners } from 'node:events';
import { CliError, EXIT } from './exit';

const EXIT_OF_SIGNAL = { SIGINT: EXIT.interrupted, SIGTERM: EXIT.terminated, SIGHUP: EXIT.hangup } as const;
export type StopSignal = keyof typeof EXIT_OF_SIGNAL;

/** Why a command stops before its end: a signal, or a reader of the output that went away. */
export class Interrupted extends CliError {
  constructor(exitCode: number, message: string) {
    super(exitCode, 'CANCELLED', message);
  }
}

/**
 * What Ctrl-C and its like do to the command that runs.
 *
 * The first one aborts `signal`, and the command tears down in order. A further one ends the process at once: services
 * it has started see that their parent is gone and end by themselves.
 */
export class Interrupts {
  private readonly abortion = new AbortController();
  private handler: (() => void) | undefined;

  /** @param leave ends the process at once */
  constructor(private readonly leave: (exitCode: number) => void) {
    // Each of a command's plugins, jobs and streams listens; that there are many is no leak.
    setMaxListeners(0, this.signal);
  }

  get signal(): AbortSignal {
    return this.abortion.signal;
  }

  listen(to: Pick<NodeJS.Process, 'on'>): void {
    for (const name of Object.keys(EXIT_OF_SIGNAL) as StopSignal[]) to.on(name, () => this.receive(name));
  }

  receive(name: StopSignal): void {
    const handler = this.handler;
    this.handler = undefined;
    if (name === 'SIGINT' && handler !== undefined) handler();
    else if (!this.abortion.signal.aborted) this.stop(EXIT_OF_SIGNAL[name], `stopped by ${name}`);
    else this.leave(EXIT_OF_SIGNAL[name]);
  }

  /** Makes the command stop as a signal would. */
  stop(exitCode: number, message: string): void {
    this.abortion.abort(new Interrupted(exitCode, message));
  }

  /** The next Ctrl-C calls `handler` instead of stopping the command. @returns takes that back */
  interceptNext(handler: () => void): () => void {
    this.handler = handler;
    return () => {
      if (this.handler === handler) this.handler = undefined;
    };
  }
}

/** `work`, or the reason of `signal` as soon as it aborts; what `work` does after that is nobody's concern. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
    work.catch(() => undefined);
  }
}
