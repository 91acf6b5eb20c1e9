// One rank of a group, or all of its work in one process. Says on its output what comes of it.
import { join } from 'node:path';
import {
  Model,
  NativeError,
  ProcessGroup,
  totalsOf,
  totalWeight,
  Trainer,
  type RolloutGroup,
  type SftSample,
} from '../src';
import { configJson } from './reference';
import { type RankMessage, type RankTask } from './rank';

const say = (message: RankMessage): boolean => process.stdout.write(`${JSON.stringify(message)}\n`);

const samples: readonly SftSample[] = [3, 4, 5].map((first) => ({
  prompt: { ids: [first, first + 1] },
  completion: [6, first, 8],
  weights: [1, 0.5, 0],
}));

const groups: readonly RolloutGroup[] = [3, 4, 5].map((first) => ({
  prompt: { ids: [first, 9] },
  rollouts: [
    { ids: [6, first], advantage: 1 },
    { ids: [7, 8, first], advantage: -1 },
  ],
}));

/** Rank 0 has the first item, rank 1 the rest. */
function partOf<T>(all: readonly T[], rank: number): readonly T[] {
  return rank === 0 ? all.slice(0, 1) : all.slice(1);
}

/** Accumulates one rank's part; its share of the loss. */
async function accumulate(trainer: Trainer, task: RankTask, rank: number): Promise<number> {
  const alone = task.worldSize === 0;
  if (task.grpo === true) {
    const totals = alone ? { totals: totalsOf(groups) } : {};
    return (await trainer.accumulateGrpo(partOf(groups, rank), { loss: { klCoef: 0 }, ...totals })).loss;
  }
  const normalizer = alone ? { normalizer: totalWeight(samples) } : {};
  const { lossSum } = await trainer.accumulateSft(partOf(samples, rank), normalizer);
  return lossSum / totalWeight(samples);
}

async function train(task: RankTask, group: ProcessGroup | undefined): Promise<void> {
  await using model = await Model.random({ json: configJson() }, { seed: task.seed ?? 1 });
  await using trainer = await Trainer.create(model, group === undefined ? {} : { group });
  const losses = [];
  const norms = [];
  for (let step = 0; step < (task.steps ?? 5); ++step) {
    const parts = [];
    for (const part of group === undefined ? [0, 1] : [task.rank]) parts.push(await accumulate(trainer, task, part));
    const own = parts.reduce((sum, part) => sum + part, 0);
    losses.push(group === undefined ? own : ((await group.reduce([own]))[0] ?? NaN));
    norms.push((await trainer.step(0.01)).gradNorm);
    if (step === 20) say({ step });
  }
  if (task.dir !== undefined) {
    if (task.rank === 0) await model.save(join(task.dir, 'model'));
    await trainer.saveState(join(task.dir, 'optimizer.safetensors'));
  }
  say({ losses, norms });
}

async function run(task: RankTask): Promise<void> {
  if (task.worldSize === 0) return train(task, undefined);
  await using group = await ProcessGroup.join({
    rank: task.rank,
    worldSize: task.worldSize,
    port: task.port,
    timeoutMs: task.timeoutMs ?? 60_000,
    onListening: (port) => say({ port }),
  });
  if (task.do === 'train') return await train(task, group);
  say({ step: 0 });
  // Rank 0 waits for one that does something else.
  if (task.rank === 0) {
    const waiting = group.barrier();
    if (task.do === 'exit') setTimeout(() => process.exit(7), 100);
    await waiting;
  }
  await new Promise((resolve) => setTimeout(resolve, 120_000));
}

run(JSON.parse(process.argv.at(-1) ?? '') as RankTask).catch((error: unknown) => {
  const { message } = error as Error;
  say({ error: { code: error instanceof NativeError ? error.code : 'none', message } });
  process.exitCode = 3;
});
