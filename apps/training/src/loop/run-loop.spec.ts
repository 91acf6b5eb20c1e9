import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RunEvent, SrvauError, type TrainSummary } from '@srvau/contracts';
import { openToy, toyConfig, toyContext, ToyObjective, type ToyOptions } from '../../test/toy';
import { AttemptStopped } from '../rank/parent-link';
import { type LoopConfig, runLoop } from './run-loop';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'srvau-loop-'));
});
afterEach(() => rm(root, { recursive: true }));

interface Outcome {
  summary: TrainSummary | null;
  error: unknown;
  context: ReturnType<typeof toyContext>;
}

async function train(
  options: ToyOptions,
  settings: Record<string, unknown> = {},
  signal?: AbortSignal,
  loopConfigOf: (config: LoopConfig) => LoopConfig = (config) => config,
): Promise<Outcome> {
  const config = toyConfig(settings);
  const context = toyContext(signal);
  await using run = await openToy(root, context, { config });
  await using objective = await ToyObjective.create(run, options);
  try {
    return { summary: await runLoop(objective, run, context, loopConfigOf(config)), error: undefined, context };
  } catch (error) {
    return { summary: null, error, context };
  }
}

const lines = async (name: string): Promise<Record<string, unknown>[]> =>
  (await readFile(join(root, 'run', name), 'utf8'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const checkpoints = (): Promise<string[]> => readdir(join(root, 'run', 'checkpoints'));
const told = (events: readonly RunEvent[]): string[] => events.map(({ kind, step }) => `${kind} ${step}`);

test('one line a step, what is due with it, and a summary of the whole', async () => {
  const settings = { checkpoints: { every: 4, keepLast: 1 } };
  const { summary, context } = await train(
    { steps: 10, validateEvery: 3, score: (step) => Math.abs(step - 3) },
    settings,
  );
  expect((await lines('metrics.jsonl')).map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect((await lines('metrics.jsonl')).filter((line) => 'val/loss' in line).map(({ step }) => step)).toEqual([
    0, 3, 6, 9,
  ]);
  expect((await lines('timings.jsonl')).map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect((await lines('timings.jsonl'))[2]).toEqual({
    ...{ step: 3, at: expect.any(String), train: 0.001, validate: expect.any(Number) },
  });
  expect(told(context.told.events)).toEqual([
    ...['started 0', 'best 0', 'checkpoint 0', 'best 3', 'checkpoint 3', 'checkpoint 4', 'checkpoint 8'],
    ...['checkpoint 10', 'finished 10'],
  ]);
  expect(await lines('events.jsonl')).toEqual(context.told.events);
  expect(await checkpoints()).toEqual(['step-000003', 'step-000010']);
  expect(await readdir(join(root, 'run', 'samples'))).toEqual(
    [1, 3, 5, 7, 9].map((step) => `step-00000${step}.parquet`),
  );
  expect(context.told.progress).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  const [, last] = context.told.metrics.at(-1) ?? [];
  const at = (step: number): string => join(root, 'run', 'checkpoints', `step-${String(step).padStart(6, '0')}`);
  expect(summary).toEqual({
    ...{ kind: 'grpo', out: join(root, 'run'), steps: 10, checkpoint: at(10), stoppedBy: null, warnings: 0 },
    best: { step: 3, metric: 'val/loss', value: 0, checkpoint: at(3) },
    metrics: last,
  });
});

test('a value that is not finite is null in the summary, which is JSON', async () => {
  // The draw of the seventh step is below 0.1.
  const { summary } = await train({ steps: 7 });
  expect(summary?.metrics['ratio']).toBeNull();
  expect((await lines('metrics.jsonl')).at(-1)).toMatchObject({ step: 7, ratio: 'NaN' });
});

test('a run that is done is not done again; with more steps it goes on', async () => {
  const first = await train({ steps: 5 });
  const again = await train({ steps: 5 });
  expect(again.summary).toEqual(first.summary);
  expect(told(again.context.told.events)).toEqual(['resumed 5', 'finished 5']);
  const { summary } = await train({ steps: 8 });
  const resumed = await readFile(join(root, 'run', 'metrics.jsonl'), 'utf8');
  await rm(join(root, 'run'), { recursive: true });
  expect((await train({ steps: 8 })).summary).toEqual(summary);
  expect(await readFile(join(root, 'run', 'metrics.jsonl'), 'utf8')).toBe(resumed);
});

describe('early stop', () => {
  const options = { steps: 100, validateEvery: 2, score: (step: number) => (step < 6 ? 10 - step : 5) };
  const patience = (count: number): Record<string, unknown> => ({ validation: { earlyStop: { patience: count } } });

  test('ends the run after so many validations in a row that were no better', async () => {
    // 6 is better than 4, 8 and 10 are not better than 6.
    const { summary } = await train(options, patience(2));
    expect(summary).toMatchObject({ steps: 10, stoppedBy: 'early-stop', best: { step: 6, value: 5 } });
    expect((await lines('events.jsonl')).at(-1)).toMatchObject({
      ...{ kind: 'stopped', step: 10, message: 'stopped after 10 steps by validation that got no better' },
    });
    expect(await checkpoints()).toContain('step-000010');
  });

  test('a resume stays stopped, unless it has more patience', async () => {
    const { summary } = await train(options, patience(2));
    expect((await train(options, patience(2))).summary).toEqual(summary);
    expect((await train(options, patience(4))).summary).toMatchObject({ steps: 14, stoppedBy: 'early-stop' });
  });

  test('at the last step it has nothing to stop', async () => {
    expect((await train({ ...options, steps: 10 }, patience(2))).summary).toMatchObject({ steps: 10, stoppedBy: null });
  });
});

describe('guards', () => {
  const warnings = (stops: boolean) => (step: number) =>
    step % 3 === 0 ? [{ warning: 'kl-explodes' as const, message: `kl 12 at ${step}`, stops }] : [];
  const stopOn = { guards: { stopOn: ['kl-explodes'] } };

  test('a warning is an event, and counted over resumes', async () => {
    await train({ steps: 7, warnings: warnings(false) });
    const { summary } = await train({ steps: 10, warnings: warnings(false) });
    expect(summary).toMatchObject({ warnings: 3, stoppedBy: null });
    expect((await lines('events.jsonl')).filter(({ kind }) => kind === 'warning')).toEqual(
      [3, 6, 9].map((step) => ({
        ...{ at: expect.any(String), step, kind: 'warning', warning: 'kl-explodes', message: `kl 12 at ${step}` },
      })),
    );
  });

  test('one that stops ends the run with a checkpoint; a resume stays stopped as long as it would stop', async () => {
    const { summary } = await train({ steps: 10, warnings: warnings(true) }, stopOn);
    expect(summary).toMatchObject({ steps: 3, stoppedBy: 'guard', warnings: 1 });
    expect(await checkpoints()).toEqual(['step-000003']);
    expect((await train({ steps: 10, warnings: warnings(true) }, stopOn)).summary).toEqual(summary);
    expect((await train({ steps: 5, warnings: warnings(false) })).summary).toMatchObject({ steps: 5, stoppedBy: null });
  });

  test('one that a configuration does not speak of stops for good', async () => {
    const unguarded = ({ checkpoints, validation }: LoopConfig): LoopConfig => ({ checkpoints, validation });
    const go = (): Promise<Outcome> => train({ steps: 10, warnings: warnings(true) }, {}, undefined, unguarded);
    const { summary } = await go();
    expect(summary).toMatchObject({ steps: 3, stoppedBy: 'guard' });
    expect((await go()).summary).toEqual(summary);
  });
});

test('a step that fails is told, and done again by the resume', async () => {
  const failing = async (step: number): Promise<void> => {
    if (step === 5) throw new Error('no such token');
  };
  const { error } = await train({ steps: 8, within: failing }, { checkpoints: { every: 3 } });
  expect(error).toMatchObject({ message: 'no such token' });
  expect((await lines('events.jsonl')).at(-1)).toMatchObject({ kind: 'failed', step: 5, message: 'no such token' });
  const { context } = await train({ steps: 8 });
  expect(context.told.metrics.map(([step]) => step)).toEqual([4, 5, 6, 7, 8]);
  expect((await lines('events.jsonl')).map(({ kind, step }) => `${String(kind)} ${String(step)}`)).toEqual([
    ...['started 0', 'checkpoint 3', 'failed 5', 'resumed 3', 'checkpoint 8', 'finished 8'],
  ]);
});

/** A step in which the attempt is told to end. */
const endedAt =
  (at: number, cancel: AbortController, reason: Error) =>
  async (step: number, signal: AbortSignal): Promise<void> => {
    if (step !== at) return;
    setImmediate(() => cancel.abort(reason));
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped half way'))));
  };

test('an abort ends the step that runs, and is what is thrown', async () => {
  const cancel = new AbortController();
  const reason = new SrvauError('CANCELLED', 'cancelled by somebody');
  const { error } = await train({ steps: 8, within: endedAt(2, cancel, reason) }, {}, cancel.signal);
  expect(error).toBe(reason);
  expect((await lines('events.jsonl')).at(-1)).toMatchObject({
    ...{ kind: 'stopped', step: 2, message: 'cancelled by somebody' },
  });
});

test.each([
  [new AttemptStopped('rank-failed', 'rank 1: no such tag'), 'failed', 'a rank failed: rank 1: no such tag'],
  [new AttemptStopped('cancelled'), 'stopped', 'the job was cancelled'],
  [new AttemptStopped('shutdown'), 'stopped', 'the worker shuts down'],
])('an attempt that is ended from outside (%s) is told as %s', async (reason, kind, message) => {
  const cancel = new AbortController();
  const { error } = await train({ steps: 8, within: endedAt(2, cancel, reason) }, {}, cancel.signal);
  expect(error).toBe(reason);
  expect((await lines('events.jsonl')).at(-1)).toMatchObject({ kind, step: 2, message });
});
