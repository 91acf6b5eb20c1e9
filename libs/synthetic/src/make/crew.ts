import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { SrvauError } from '@srvau/contracts';
import type { ClipOrder } from '../choreography/compose';
import { FootageReader } from '../composite/footage-reader';
import type { FromWorker, ToWorker, WorkerSettings } from './clip-worker';
import { renderBatch } from './render-batch';

/** Makes batches of clips, several at once. */
export interface Crew {
  readonly size: number;
  /** @throws SrvauError of the batch; the reason of the signal */
  make(orders: readonly ClipOrder[], member: number): Promise<void>;
  /** Ends running batches, and the threads. */
  dismiss(): Promise<void>;
}

const WORKER_FILE = join(__dirname, 'clip-worker.js');

/**
 * Threads for `size` batches at a time; 0 makes them in this thread. Where the compiled worker is absent, as in specs that
 * run on sources, this thread does it too.
 */
export function hireCrew(size: number, settings: WorkerSettings, signal: AbortSignal): Crew {
  if (size === 0 || !existsSync(WORKER_FILE)) return ownThread(settings, signal);
  const workers = Array.from({ length: size }, () => new Worker(WORKER_FILE, { workerData: settings }));
  const onAbort = (): void => workers.forEach((worker) => worker.postMessage({ kind: 'stop' } satisfies ToWorker));
  signal.addEventListener('abort', onAbort, { once: true });
  return {
    size,
    make: async (orders, member) => {
      signal.throwIfAborted();
      const worker = workers[member];
      if (worker === undefined) throw new RangeError(`expected a member from 0 to ${size - 1}, received ${member}`);
      const answer = answerOf(worker);
      worker.postMessage({ kind: 'batch', orders } satisfies ToWorker);
      // A thread that is told to stop leaves without an answer.
      const result = await answer.finally(() => signal.throwIfAborted());
      if (result.kind === 'done') return;
      const { code, message, details } = result;
      throw code === null ? new Error(message) : new SrvauError(code, message, { details });
    },
    dismiss: async () => {
      signal.removeEventListener('abort', onAbort);
      onAbort();
      // Each ends by itself as soon as its ffmpeg is gone and its partial files are removed.
      await Promise.all(workers.map((worker) => ended(worker)));
    },
  };
}

function ownThread(settings: WorkerSettings, signal: AbortSignal): Crew {
  const reader = new FootageReader();
  return {
    size: 1,
    make: (orders) => renderBatch(orders, { ...settings, reader, signal }),
    dismiss: async () => undefined,
  };
}

function answerOf(worker: Worker): Promise<FromWorker> {
  return new Promise((resolve, reject) => {
    const done = (settle: () => void): void => {
      worker.off('message', onMessage).off('error', onError).off('exit', onExit);
      settle();
    };
    const onMessage = (message: FromWorker): void => done(() => resolve(message));
    const onError = (error: Error): void => done(() => reject(error));
    const onExit = (code: number): void => done(() => reject(new Error(`a rendering thread ended with ${code}`)));
    worker.on('message', onMessage).on('error', onError).on('exit', onExit);
  });
}

const ended = (worker: Worker): Promise<void> =>
  worker.threadId === -1 ? Promise.resolve() : new Promise((resolve) => worker.once('exit', () => resolve()));
