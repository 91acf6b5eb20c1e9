import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunDirectory, isLockFileName } from '@srvau/storage';
import { sample, toyConfig, toyContext, ToyObjective } from '../../test/toy';
import { toyPaths } from '../../test/toy-paths';
import { runLoop } from '../loop/run-loop';
import { rebuildEventFile } from './event-file';
import { MainRun } from './main-run';
import type { TrainState } from './run';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'srvau-main-run-'));
});
afterEach(() => rm(root, { recursive: true }));

/** A run that soon notices when its lock is another process's. */
async function openRun(): Promise<MainRun> {
  const record = { kind: 'training.grpo', seed: 0, config: {}, versions: {} };
  const directory = await RunDirectory.createIn(join(root, 'run'), record, { heartbeatMs: 10 });
  return new MainRun({
    ...{ kind: 'grpo', directory, events: await rebuildEventFile(directory), resume: null, lastMetrics: {} },
    ...{ retention: { keepLast: 1 }, startedFrom: (await toyPaths(root)).model, context: toyContext() },
  });
}

async function loseLock(run: MainRun): Promise<void> {
  const lost = once(run.signal, 'abort');
  for (const name of (await readdir(run.dir)).filter(isLockFileName)) await rm(join(run.dir, name));
  await lost;
}

const content = async (dir: string): Promise<[string, string][]> => {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return Promise.all(files.sort().map(async (file) => [file, await readFile(file, 'latin1')] as [string, string]));
};

const model = { save: (dir: string) => writeFile(join(dir, 'weight.txt'), '1') };
const trainer = { saveState: (file: string) => writeFile(file, '1') };
const state = (step: number): TrainState => ({
  ...{ step, best: null, sinceBest: 0, warnings: 0, stopped: null, objective: {} },
});
const lost = { code: 'CONFLICT', message: expect.stringContaining('lock of this process was lost') as string };

describe('a run whose lock is lost', () => {
  test('writes nothing more', async () => {
    await using run = await openRun();
    await run.checkpoint(model, trainer, state(1));
    await loseLock(run);
    const before = await content(run.dir);
    await run.metrics(2, { loss: 1 });
    await run.timings(2, { train: 1 });
    await run.samples(2, [sample(2, 'text')]);
    await expect(run.event({ step: 2, kind: 'warning', message: 'late' })).rejects.toMatchObject(lost);
    await expect(run.checkpoint(model, trainer, state(2))).rejects.toMatchObject(lost);
    expect(await content(run.dir)).toEqual(before);
  });

  test('drops the checkpoint that it is writing, and keeps the ones before', async () => {
    await using run = await openRun();
    await run.checkpoint(model, trainer, state(1));
    let told: AbortSignal | undefined;
    const saving = {
      async save(dir: string, options?: { signal?: AbortSignal }): Promise<void> {
        told = options?.signal;
        await loseLock(run);
        await model.save(dir);
      },
    };
    await expect(run.checkpoint(saving, trainer, state(2))).rejects.toMatchObject(lost);
    expect(told?.aborted).toBe(true);
    expect(await readdir(join(run.dir, 'checkpoints'))).toEqual(['step-000001']);
  });

  test('ends its loop, which leaves the events to whoever has the run now', async () => {
    await using run = await openRun();
    let before: [string, string][] = [];
    const within = async (step: number, signal: AbortSignal): Promise<void> => {
      if (step !== 2) return;
      await run.checkpoint(model, trainer, state(2));
      await loseLock(run);
      before = await content(run.dir);
      signal.throwIfAborted();
    };
    const context = toyContext();
    await using objective = await ToyObjective.create(run, { steps: 4, within });
    await expect(runLoop(objective, run, context, toyConfig())).rejects.toMatchObject(lost);
    expect(await content(run.dir)).toEqual(before);
    expect(context.told.events).toEqual([]);
  });
});
