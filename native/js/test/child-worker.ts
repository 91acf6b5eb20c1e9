// Terminates a worker thread in the middle of a call, then computes in the main thread.
import { join } from 'node:path';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { Model } from '../src';
import { configJson } from './reference';

const requests = [{ prompt: { ids: [1, 2, 3] }, seeds: [1] }];

async function inWorker(): Promise<void> {
  const model = await Model.random({ json: configJson({ hidden_size: 256 }) }, { seed: 1 });
  await model.generate(requests, { maxNewTokens: 8000 }, { onTokens: () => parentPort?.postMessage('computing') });
}

async function inMain(): Promise<void> {
  const model = await Model.random({ json: configJson() }, { seed: 1 });
  const runner = join(__dirname, '../../../tests/support/run-ts.mjs');
  const worker = new Worker(runner, { argv: [__filename] });
  await new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  await worker.terminate();
  const [[completion] = []] = await model.generate(requests, { maxNewTokens: 3 });
  process.stdout.write(String(completion?.ids.length));
}

void (isMainThread ? inMain() : inWorker());
