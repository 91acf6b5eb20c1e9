import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { killChildren, seeded, startChild } from '../../test/processes';
import { useTempDir } from '../../test/temp-dir';
import { LOCK_FILE_NAME } from '../lock/directory-lock';
import { readJsonl } from '../tables/jsonl';
import { stepName } from './checkpoints';
import { type NewRun, RunDirectory } from './run-directory';
import type { StepLine } from './step-log';

const temp = useTempDir();
afterEach(killChildren);

const sft: NewRun = {
  kind: 'training.sft',
  id: 'first',
  seed: 17,
  config: { learningRate: 2e-5, segments: { initial: 0, reflection: 0, revision: 1 } },
  given: { preset: 'paper' },
  parents: [{ role: 'dataset', uri: 'file:///data/reflect', digest: `sha256:${'0'.repeat(64)}` }],
  versions: { srvau: '0.1.0' },
};
const fillWith = (text: string) => (dir: string) => writeFile(join(dir, 'weights'), text);

async function metricsOf(run: RunDirectory): Promise<StepLine[]> {
  const lines: StepLine[] = [];
  for await (const line of run.readMetrics()) lines.push(line);
  return lines;
}

describe('run.json', () => {
  test('says what the run is, and is read back the same', async () => {
    const run = await RunDirectory.createIn(join(temp(), 'first'), sft);
    await run.close();
    expect(run.record).toMatchObject({ ...sft, schemaVersion: 1 });
    expect(await RunDirectory.read(run.dir)).toEqual(run.record);
    expect(await RunDirectory.readOrNull(run.dir)).toEqual(run.record);
    await using again = await RunDirectory.open(run.dir);
    expect(again.record).toEqual(run.record);
  });

  test('a run without a name is named after its directory, where that is a name for a run, else by kind and time', async () => {
    const { id: _id, ...unnamed } = sft;
    await using named = await RunDirectory.createIn(join(temp(), 'cold-start.2'), unnamed);
    expect(named.record.id).toBe('cold-start.2');
    await using other = await RunDirectory.createIn(join(temp(), 'kalter Anfang'), unnamed);
    expect(other.dir).toBe(join(temp(), 'kalter Anfang'));
    expect(other.record.id).toMatch(/^training\.sft-\d{8}T\d{6}Z-[0-9a-f]{6}$/);
  });

  test.each<[string, Partial<NewRun>, string]>([
    ['a name that climbs', { id: '../other' }, 'id'],
    ['a seed that is no whole number', { seed: 0.5 }, 'seed'],
    ['a kind with spaces', { kind: 'my run' }, 'kind'],
    [
      'a parent without a URI',
      { parents: [{ role: 'dataset' } as NonNullable<NewRun['parents']>[0]] },
      'parents[0].uri',
    ],
  ])('refuses %s before anything is written', async (_name, change, field) => {
    await expect(RunDirectory.createIn(join(temp(), 'first'), { ...sft, ...change })).rejects.toMatchObject({
      code: 'INVALID_REQUEST',
      details: [{ field }],
    });
    expect(await readdir(temp())).toEqual([]);
  });

  test.each([
    ['no JSON', '{', 'expected JSON'],
    ['another layout', '{"schemaVersion":2}', 'schemaVersion: expected 1, received 2'],
    [
      'a version that is no text',
      JSON.stringify({
        schemaVersion: 1,
        id: 'a',
        kind: 'b',
        createdAt: '2026-01-01T00:00:00Z',
        seed: 1,
        config: {},
        parents: [],
        versions: { srvau: 1 },
      }),
      'versions.srvau: expected a string',
    ],
  ])('opening refuses a run.json with %s', async (_name, text, message) => {
    await writeFile(join(temp(), 'run.json'), text);
    await expect(RunDirectory.open(temp())).rejects.toMatchObject({
      code: 'UNPROCESSABLE',
      message: expect.stringContaining(message),
    });
    await expect(RunDirectory.readOrNull(temp())).rejects.toMatchObject({ code: 'UNPROCESSABLE' });
  });

  test('opening something that is no run says so and leaves it alone', async () => {
    await expect(RunDirectory.open(join(temp(), 'none'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(RunDirectory.open(temp())).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await RunDirectory.readOrNull(temp())).toBeNull();
    expect(await readdir(temp())).toEqual([]);
  });
});

describe('one writer', () => {
  test('a run that is open, here or in another process, is not opened twice; reading is allowed', async () => {
    const run = await RunDirectory.createIn(join(temp(), 'first'), sft);
    await expect(RunDirectory.open(run.dir)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(RunDirectory.createIn(join(temp(), 'first'), sft)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await RunDirectory.read(run.dir)).id).toBe('first');
    await run.close();
    const child = startChild('holdLock', run.dir);
    await child.lines(1);
    await expect(RunDirectory.open(run.dir)).rejects.toMatchObject({ code: 'CONFLICT' });
    await child.kill();
    await (await RunDirectory.open(run.dir)).close();
  });

  test('a second run of the same name is refused also when the first has ended', async () => {
    await (await RunDirectory.createIn(join(temp(), 'first'), sft)).close();
    await expect(RunDirectory.createIn(join(temp(), 'first'), { ...sft, seed: 18 })).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('expected no run yet'),
    });
    expect((await RunDirectory.read(join(temp(), 'first'))).seed).toBe(17);
  });
});

describe('metrics', () => {
  test('are appended, spell out what JSON cannot, and are rewound for a resume', async () => {
    await using run = await RunDirectory.createIn(join(temp(), 'first'), sft);
    await run.appendMetrics({ step: 1, loss: 0.5 });
    await run.appendMetrics({ step: 2, loss: NaN, parts: [Infinity, { kl: -Infinity, note: null }] });
    await run.appendMetrics({ step: 3, loss: 0.4 });
    expect(await metricsOf(run)).toEqual([
      { step: 1, loss: 0.5 },
      { step: 2, loss: 'NaN', parts: ['Infinity', { kl: '-Infinity', note: null }] },
      { step: 3, loss: 0.4 },
    ]);
    expect(await run.rewind(1)).toEqual({ step: 1, loss: 0.5 });
    await run.appendMetrics({ step: 2, loss: 0.45 });
    expect(await metricsOf(run)).toEqual([
      { step: 1, loss: 0.5 },
      { step: 2, loss: 0.45 },
    ]);
  });
});

describe('going back to a step', () => {
  test('drops what came after it from every log and from the samples, and nothing else', async () => {
    await using run = await RunDirectory.createIn(join(temp(), 'first'), sft);
    for (const step of [0, 1, 2]) {
      await run.appendMetrics({ step, loss: 1 });
      await run.appendTimings({ step, train: 0.1 });
      await run.appendEvent({ step, kind: 'warning' });
      await writeFile(await run.samples.pathFor(step), '');
      await writeFile(await run.samples.pathFor(step, 1), '');
    }
    await writeFile(join(run.samples.dir, 'notes.txt'), '');
    await run.rewind(1);
    const steps = async (lines: AsyncGenerator<StepLine>): Promise<number[]> => {
      const found: number[] = [];
      for await (const line of lines) found.push(line.step);
      return found;
    };
    for (const name of ['metrics', 'timings', 'events']) {
      expect(await steps(readJsonl<StepLine>(join(run.dir, `${name}.jsonl`)))).toEqual([0, 1]);
    }
    expect(await readdir(run.samples.dir)).toEqual([
      'notes.txt',
      ...['step-000000-rank-1.parquet', 'step-000000.parquet'],
      ...['step-000001-rank-1.parquet', 'step-000001.parquet'],
    ]);
    expect((await run.samples.list()).map(({ step, rank }) => [step, rank])).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    expect(await run.rewind(-1)).toBeNull();
    expect(await run.samples.list()).toEqual([]);
  });

  test('leaves the events that say why earlier attempts ended, or waited', async () => {
    await using run = await RunDirectory.createIn(join(temp(), 'first'), sft);
    const kinds = ['started', 'checkpoint', 'best', 'warning', 'waiting', 'failed', 'resumed', 'stopped', 'finished'];
    for (const [step, kind] of kinds.entries()) await run.appendEvent({ step, kind });
    const events = async (): Promise<unknown[]> => {
      const found: unknown[] = [];
      for await (const { step, kind } of readJsonl<StepLine>(join(run.dir, 'events.jsonl'))) found.push([step, kind]);
      return found;
    };
    await run.rewind(1);
    const lasting = [
      [4, 'waiting'],
      [5, 'failed'],
      [7, 'stopped'],
    ];
    expect(await events()).toEqual([[0, 'started'], [1, 'checkpoint'], ...lasting]);
    await run.rewind(-1);
    expect(await events()).toEqual(lasting);
  });

  test('leaves a log that has nothing to drop as it is, byte for byte', async () => {
    await using run = await RunDirectory.createIn(join(temp(), 'first'), sft);
    const path = join(run.dir, 'metrics.jsonl');
    await writeFile(path, '{ "step": 1,  "loss": 1e0 }\n');
    expect(await run.rewind(1)).toEqual({ step: 1, loss: 1 });
    expect(await readFile(path, 'utf8')).toBe('{ "step": 1,  "loss": 1e0 }\n');
  });
});

describe('checkpoints', () => {
  test('are listed by step, also beyond six digits, and the newest is known', async () => {
    await using run = await RunDirectory.createIn(join(temp(), 'first'), sft);
    expect(await run.checkpoints.latest()).toBeNull();
    for (const step of [1_000_000, 120, 999_999]) await run.checkpoints.write(step, fillWith(String(step)));
    await mkdir(join(run.checkpoints.dir, 'not-a-checkpoint'));
    expect((await run.checkpoints.list()).map(({ step }) => step)).toEqual([120, 999_999, 1_000_000]);
    const latest = await run.checkpoints.latest();
    expect(latest?.path).toBe(join(run.dir, 'checkpoints', 'step-1000000'));
    expect(() => stepName(-1)).toThrow('step: expected a whole number from 0, received -1 (number)');
  });

  test('a step that is written again is replaced; one that fails leaves the old', async () => {
    await using run = await RunDirectory.createIn(join(temp(), 'first'), sft);
    const { path } = await run.checkpoints.write(5, fillWith('old'));
    await expect(run.checkpoints.write(5, () => Promise.reject(new Error('disk')))).rejects.toThrow('disk');
    expect(await readFile(join(path, 'weights'), 'utf8')).toBe('old');
    await run.checkpoints.write(5, fillWith('new'));
    expect(await readFile(join(path, 'weights'), 'utf8')).toBe('new');
    expect(await readdir(run.checkpoints.dir)).toEqual(['step-000005']);
  });

  test('retention keeps the newest, every n-th and what is spared', async () => {
    await using run = await RunDirectory.createIn(join(temp(), 'first'), sft);
    for (let step = 0; step <= 60; step += 10) await run.checkpoints.write(step, fillWith(''));
    const removed = await run.checkpoints.prune({ keepLast: 2, keepEvery: 20 });
    expect(removed.map(({ step }) => step)).toEqual([0, 10, 30]);
    await run.checkpoints.prune({ keepLast: 0, spare: [40] });
    expect(await readdir(run.checkpoints.dir)).toEqual(['step-000040', 'step-000060']);
  });

  test('kill −9 at any moment: the run opens, metrics are whole lines, checkpoints are whole', async () => {
    const run = await RunDirectory.createIn(join(temp(), 'first'), sft);
    await run.close();
    const random = seeded(23);
    for (let round = 0; round < 3; round += 1) {
      const child = startChild('checkpoints', run.dir);
      await child.lines(1);
      await sleep(random() * 80);
      const finished = Number((await child.kill()).at(-1));
      await using opened = await RunDirectory.open(run.dir);
      expect((await metricsOf(opened)).at(-1)?.step).toBeGreaterThanOrEqual(finished);
      const list = await opened.checkpoints.list();
      expect(list.length).toBeGreaterThanOrEqual(finished);
      for (const { path } of list) {
        expect(await readFile(join(path, 'weights'), 'utf8')).toHaveLength(10_000);
        expect(await readFile(join(path, 'optimizer', 'state'), 'utf8')).toHaveLength(10_000);
      }
      expect(await readdir(opened.checkpoints.dir)).toHaveLength(list.length);
      const logs = ['events.jsonl', 'metrics.jsonl', 'run.json', 'timings.jsonl'];
      expect((await readdir(run.dir)).sort()).toEqual([LOCK_FILE_NAME, 'checkpoints', ...logs]);
    }
  });
});
