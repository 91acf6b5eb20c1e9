// Makes, uses and gives back models 500 times, half of them by the garbage collector, and prints the resident memory in
// bytes on the way.
import { Model, Trainer } from '../src';
import { configJson } from './reference';

const config = { json: configJson({ vocab_size: 2048, hidden_size: 64 }) };
const prompt = { ids: [1, 2, 3, 4] };
const ROUNDS = 500;
const EVERY = 50;

async function round(seed: number): Promise<void> {
  const model = await Model.random(config, { seed });
  const [[completion] = []] = await model.generate([{ prompt, seeds: [seed] }], { maxNewTokens: 4 });
  const trainer = await Trainer.create(model);
  const ids = completion?.ids ?? [];
  await trainer.accumulateSft([{ prompt, completion: ids, weights: Array.from(ids, () => 1) }]);
  await trainer.step(1e-3);
  if (seed % 2 === 0) return;
  await trainer.dispose();
  await model.dispose();
}

async function main(): Promise<void> {
  const resident = [];
  for (let i = 0; i < ROUNDS; ++i) {
    await round(i);
    if (i % EVERY !== EVERY - 1) continue;
    globalThis.gc?.();
    // Finalizers run after the collection, and what they queue after that: a call waits for all of it.
    await new Promise((resolve) => setImmediate(resolve));
    await (await Model.random(config, { seed: 0 })).dispose();
    resident.push(process.memoryUsage.rss());
  }
  process.stdout.write(JSON.stringify(resident));
}

void main();
