import { parentPort, workerData } from 'node:worker_threads';
import { SrvauError } from '@srvau/contracts';
import type { ClipOrder } from '../choreography/compose';
import { FootageReader } from '../composite/footage-reader';
import { type FootagePaths, renderBatch } from './render-batch';

/** What a worker is made with. */
export interface WorkerSettings {
  out: string;
  footage: FootagePaths;
}

/** To a worker: clips to make, or to stop. */
export type ToWorker = { kind: 'batch'; orders: readonly ClipOrder[] } | { kind: 'stop' };

/** From a worker: what became of its batch. */
export type FromWorker =
  | { kind: 'done' }
  | { kind: 'failed'; code: SrvauError['code'] | null; message: string; details: SrvauError['details'] };

if (parentPort !== null) serve(parentPort, workerData as WorkerSettings);

function serve(port: NonNullable<typeof parentPort>, settings: WorkerSettings): void {
  const stop = new AbortController();
  const reader = new FootageReader();
  port.on('message', (message: ToWorker) => {
    if (message.kind === 'stop') {
      stop.abort(new SrvauError('CANCELLED', 'stopped'));
      port.close();
      return;
    }
    renderBatch(message.orders, { ...settings, reader, signal: stop.signal }).then(
      () => port.postMessage({ kind: 'done' } satisfies FromWorker),
      (error: unknown) => port.postMessage(failure(error)),
    );
  });
}

function failure(error: unknown): FromWorker {
  if (error instanceof SrvauError) {
    return { kind: 'failed', code: error.code, message: error.message, details: error.details };
  }
  return {
    kind: 'failed',
    code: null,
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    details: [],
  };
}
