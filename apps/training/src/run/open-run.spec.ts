import { mkdir, mkdtemp, readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { RunEvent } from '@srvau/contracts';
import { readParquet, RunDirectory } from '@srvau/storage';
import { isEventFileName } from '@srvau/tensorboard';
import { openToy, sample, toyConfig, toyContext, ToyObjective } from '../../test/toy';
import { toyPaths } from '../../test/toy-paths';
import { openRun, type OpenRunOptions } from './open-run';
import type { TrainingRun, TrainState } from './run';
import { SAMPLES_TABLE } from './samples-table';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'srvau-run-'));
});
afterEach(() => rm(root, { recursive: true }));

const open = (options: Partial<OpenRunOptions> = {}): Promise<TrainingRun> => openToy(root, toyContext(), options);
const runPath = (...parts: string[]): string => join(root, 'run', ...parts);
const state = (step: number, changes: Partial<TrainState> = {}): TrainState => ({
  ...{ step, best: null, sinceBest: 0, warnings: 0, stopped: null, objective: {} },
  ...changes,
});

const lastEvent = async (): Promise<RunEvent> =>
  JSON.parse((await readFile(runPath('events.jsonl'), 'utf8')).trim().split('\n').at(-1) ?? '') as RunEvent;

async function save(run: TrainingRun, saved: TrainState): Promise<void> {
  await using objective = await ToyObjective.create(run, { steps: 1 });
  await run.checkpoint(objective.model, objective.trainer, saved);
}

/** A run with lines and samples of five steps, and a checkpoint of the third. */
async function interrupted(): Promise<void> {
  await using run = await open();
  for (let step = 1; step <= 5; step += 1) {
    await run.metrics(step, { loss: step === 3 ? NaN : 1 / step, 'reward/total/mean': -step });
    await run.timings(step, { train: 0.5 });
    await run.samples(step, [sample(step, `text ${step}`)]);
    if (step === 3) await save(run, state(3, { warnings: 2, objective: { guards: [1] } }));
  }
}

test('a run that begins says what it is and what it was made from', async () => {
  await using run = await open({ given: { preset: 'srvau-r1', jobId: 'j1' } });
  expect(run).toMatchObject({ kind: 'grpo', dir: runPath(), resume: null, lastMetrics: {} });
  const { model, data } = await toyPaths(root);
  const digest: unknown = expect.stringMatching(/^sha256:[0-9a-f]{64}$/);
  expect(await RunDirectory.read(run.dir)).toMatchObject({
    ...{ kind: 'training.grpo', id: 'run', seed: 0, given: { preset: 'srvau-r1', jobId: 'j1' } },
    config: { optimizer: { learningRate: 2e-5 }, rollout: { groupSize: 4 } },
    parents: [
      { role: 'policy', uri: pathToFileURL(model).href, digest },
      { role: 'dataset', uri: pathToFileURL(data).href, digest },
    ],
    versions: { srvau: '0.1.0', ranks: '1', torch: expect.any(String), threads: expect.any(String) },
  });
});

describe('going on', () => {
  test('takes everything back to the last checkpoint', async () => {
    await interrupted();
    await using run = await open();
    expect(run.resume).toEqual({
      ...{ state: state(3, { warnings: 2, objective: { guards: [1] } }), dir: runPath('checkpoints', 'step-000003') },
      optimizer: runPath('checkpoints', 'step-000003', 'srvau', 'optimizer.safetensors'),
    });
    expect(run.lastMetrics).toEqual({ loss: NaN, 'reward/total/mean': -3 });
    const stepsOf = async (name: string): Promise<unknown[]> =>
      (await readFile(runPath(name), 'utf8')).match(/"step":\d+/g) ?? [];
    for (const name of ['metrics.jsonl', 'timings.jsonl']) {
      expect(await stepsOf(name)).toEqual(['"step":1', '"step":2', '"step":3']);
    }
    expect(await readdir(runPath('samples'))).toEqual([1, 2, 3].map((step) => `step-00000${step}.parquet`));
  });

  test.each<[string, (checkpoint: string) => Promise<void>, string]>([
    [
      'weights cut off',
      (checkpoint) => truncate(join(checkpoint, 'model.safetensors'), 70),
      String.raw`model\.safetensors: expected 7\d bytes, received 70`,
    ],
    [
      'weights empty',
      (checkpoint) => truncate(join(checkpoint, 'model.safetensors')),
      'expected a whole safetensors file, received 0 bytes',
    ],
    ['no weights', (checkpoint) => rm(join(checkpoint, 'model.safetensors')), 'with .*index.json, received none'],
    [
      'no shard that the index names',
      async (checkpoint) => {
        await rm(join(checkpoint, 'model.safetensors'));
        const index = { weight_map: { value: 'model-00001-of-00001.safetensors' } };
        await writeFile(join(checkpoint, 'model.safetensors.index.json'), JSON.stringify(index));
      },
      'with .*model-00001-of-00001.safetensors, received none',
    ],
    [
      'no optimizer state',
      (checkpoint) => rm(join(checkpoint, 'srvau', 'optimizer.safetensors')),
      'with .*optimizer.safetensors, received none',
    ],
    ['a torn state', (checkpoint) => truncate(join(checkpoint, 'srvau', 'state.json'), 9), 'expected JSON'],
  ])('from the checkpoint before where the newest has %s, and says so', async (_name, damage, fault) => {
    await interrupted();
    {
      await using run = await open();
      for (let step = 4; step <= 5; step += 1) await run.metrics(step, { loss: 1 / step });
      await save(run, state(5));
    }
    await damage(runPath('checkpoints', 'step-000005'));
    await using run = await open();
    expect(run.resume).toMatchObject({ state: { step: 3 }, dir: runPath('checkpoints', 'step-000003') });
    expect((await readdir(runPath('checkpoints'))).sort()).toEqual(['step-000003', 'step-000005.damaged']);
    const { kind, step, message } = await lastEvent();
    expect({ kind, step }).toEqual({ kind: 'resumed', step: 3 });
    expect(message).toMatch(new RegExp(`that of step 5 is damaged, and lies in step-000005.damaged: .*${fault}`));
  });

  test('writes the TensorBoard file anew, in place of the old one', async () => {
    await interrupted();
    const contents = async (): Promise<Buffer[]> => {
      const names = (await readdir(runPath())).filter(isEventFileName);
      const files = await Promise.all(names.map((name) => readFile(runPath(name))));
      return files.filter(({ byteLength }) => byteLength > 0);
    };
    const [before] = await contents();
    await (await open())[Symbol.asyncDispose]();
    const [bytes = Buffer.alloc(0), ...more] = await contents();
    expect(more).toEqual([]);
    // Two steps of five are gone.
    expect(bytes.byteLength).toBeLessThan(before?.byteLength ?? 0);
    expect(bytes.toString('latin1').match(/reward\/total\/mean/g)).toHaveLength(3);
    expect(bytes.toString('latin1').match(/seconds\/train/g)).toHaveLength(3);
  });

  test('without a checkpoint begins anew', async () => {
    {
      await using run = await open();
      await run.metrics(1, { loss: 1 });
    }
    await using run = await open();
    expect(run).toMatchObject({ resume: null, lastMetrics: {} });
    expect(await readFile(runPath('metrics.jsonl'), 'utf8')).toBe('');
  });

  test('with other settings records them, and says so in its events', async () => {
    await interrupted();
    const config = toyConfig({ steps: 9, checkpoints: { every: 7, keepEvery: 100 } });
    await using run = await open({ config });
    expect(await RunDirectory.read(run.dir)).toMatchObject({ config: { steps: 9, checkpoints: { every: 7 } } });
    expect(await lastEvent()).toMatchObject({
      ...{ kind: 'resumed', step: 3 },
      message:
        'goes on from its last checkpoint, with checkpoints.every 7 instead of 50, ' +
        'checkpoints.keepEvery 100 instead of nothing, steps 9 instead of nothing',
    });
  });

  test('says in its events what computes it otherwise than before', async () => {
    await interrupted();
    const record = JSON.parse(await readFile(runPath('run.json'), 'utf8')) as { versions: Record<string, string> };
    await writeFile(runPath('run.json'), JSON.stringify({ ...record, versions: { ...record.versions, torch: '1.0' } }));
    await using _run = await open();
    expect(await lastEvent()).toMatchObject({
      ...{ kind: 'resumed', step: 3 },
      message: expect.stringMatching(/^goes on from its last checkpoint, with torch \S+ instead of 1\.0$/) as string,
    });
  });
});

describe('refuses', () => {
  test('a run that is there, where none is to be resumed, and leaves it alone', async () => {
    await interrupted();
    await expect(open({ resume: false })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await readFile(runPath('metrics.jsonl'), 'utf8')).match(/"step"/g)).toHaveLength(5);
  });

  test('a run that another one has open', async () => {
    await using _run = await open();
    await expect(open()).rejects.toMatchObject({
      ...{ code: 'CONFLICT', message: expect.stringContaining(`locked by process ${process.pid}`) as string },
    });
  });

  test('another configuration, naming what differs, and leaves the run alone', async () => {
    await interrupted();
    const config = toyConfig({ optimizer: { learningRate: 1e-3 }, checkpoints: { every: 7 } });
    await expect(open({ config })).rejects.toMatchObject({
      ...{ code: 'CONFLICT', details: [{ field: 'config.optimizer.learningRate' }] },
    });
    expect((await readFile(runPath('metrics.jsonl'), 'utf8')).match(/"step"/g)).toHaveLength(5);
  });

  test('other data than the run was made from', async () => {
    await interrupted();
    const { model, data } = await toyPaths(root);
    await writeFile(join(data, 'records.jsonl'), '{}\n');
    const context = toyContext();
    const options = { kind: 'grpo', dir: runPath(), config: toyConfig(), given: {}, resume: true, context } as const;
    await expect(openRun({ ...options, paths: { model, data } })).rejects.toMatchObject({
      ...{ code: 'CONFLICT', details: [{ field: 'dataset' }] },
    });
  });

  test.each<[string, string, string]>([
    ['no JSON', '{', 'expected JSON'],
    ['another layout', '{"schemaVersion":2}', 'schemaVersion: expected 1, received 2'],
    ['a field missing', '{"schemaVersion":1,"step":3}', 'best: expected an object, or null, received nothing'],
    [
      'a field of a part wrong',
      JSON.stringify({ schemaVersion: 1, ...state(3), best: { step: 1, metric: 'loss', value: 'NaN' } }),
      'best.value: expected a finite number',
    ],
    [
      'an unknown stop',
      JSON.stringify({ schemaVersion: 1, ...state(3), stopped: { by: 'magic', warning: null } }),
      'stopped.by: expected one of early-stop, guard',
    ],
  ])('a checkpoint whose state has %s', async (_name, text, message) => {
    await interrupted();
    await writeFile(runPath('checkpoints', 'step-000003', 'srvau', 'state.json'), text);
    await expect(open()).rejects.toMatchObject({
      ...{ code: 'UNPROCESSABLE', message: expect.stringContaining(message) as string },
    });
    // And gives the lock back.
    await expect(open()).rejects.toMatchObject({ code: 'UNPROCESSABLE' });
  });
});

describe('checkpoints', () => {
  test('the best one is kept beside the newest, as long as it is the best', async () => {
    await using run = await open({ config: toyConfig({ checkpoints: { keepLast: 1 } }) });
    const best = (step: number) => ({ best: { step, metric: 'val/loss', value: 1 } });
    const kept: string[][] = [];
    for (const saved of [state(1, best(1)), state(2, best(1)), state(3, best(3)), state(4, best(3))]) {
      await save(run, saved);
      kept.push(await readdir(runPath('checkpoints')));
    }
    const names = (...steps: number[]): string[] => steps.map((step) => `step-00000${step}`);
    expect(kept).toEqual([names(1), names(1, 2), names(3), names(3, 4)]);
  });

  test('one that fails half way leaves the one before, and nothing else', async () => {
    await using run = await open();
    await save(run, state(1));
    const model = { save: (dir: string) => writeFile(join(dir, 'weight.txt'), '1') };
    const trainer = { saveState: () => Promise.reject(new Error('the group has ended')) };
    await expect(run.checkpoint(model, trainer, state(2))).rejects.toThrow('the group has ended');
    expect(await readdir(runPath('checkpoints'))).toEqual(['step-000001']);
  });
});

describe('samples', () => {
  test('are read as they were written, halves of characters but for', async () => {
    await using run = await open();
    await run.samples(2, [sample(2, 'whole 😀, half \ud83d')]);
    await save(run, state(2));
    const rows = await readParquet(runPath('samples', 'step-000002.parquet'), { schema: SAMPLES_TABLE });
    expect(rows).toEqual([sample(2, 'whole 😀, half \ufffd')]);
  });

  test('that cannot be written are told at the next call', async () => {
    await using run = await open();
    await mkdir(runPath('samples', 'step-000001.parquet'), { recursive: true });
    await run.samples(1, [sample(1, 'a')]);
    await expect(run.samples(2, [sample(2, 'b')])).rejects.toThrow();
    await run.samples(3, [sample(3, 'c')]);
    await save(run, state(3));
    expect(await readdir(runPath('samples'))).toEqual(['step-000001.parquet', 'step-000003.parquet']);
  });

  test('without rows make no file', async () => {
    await using run = await open();
    await run.samples(1, []);
    expect(await readdir(runPath())).not.toContain('samples');
  });
});
