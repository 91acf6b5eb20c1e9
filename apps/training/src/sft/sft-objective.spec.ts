import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setThreads } from '@srvau/native';
import { openSft, type SftRunOptions } from '../../test/sft-run';
import { runSteps } from '../../test/steps';
import { TinyWorld } from '../../test/tiny-world';
import type { Objective } from '../loop/objective';

let world: TinyWorld;
const opened: Objective[] = [];
beforeAll(async () => {
  // The tensors are small, and others want the processors too.
  setThreads(1);
  world = await TinyWorld.make({ train: 10, val: 4, test: 2 });
});
afterEach(async () => {
  for (const objective of opened.splice(0)) await objective[Symbol.asyncDispose]();
});
afterAll(() => world.dispose());

// Other processes may have the processor.
jest.setTimeout(120_000);

const never = new AbortController().signal;

async function open(options: Partial<SftRunOptions> = {}): Promise<Objective> {
  const objective = await openSft({ model: world.model, data: world.data, ...options });
  opened.push(objective);
  return objective;
}

const lossOf = (metrics: Readonly<Record<string, number>>[]): number[] => metrics.map(({ loss }) => loss ?? NaN);
const weightsIn = (dir: string): Buffer => readFileSync(join(dir, 'model.safetensors'));

describe('a supervised step', () => {
  it('teaches the transcripts: the loss falls, on records that were not seen too', async () => {
    const objective = await open({ config: { validation: { every: 20 } } });
    const before = await objective.validate(0, never);
    const metrics = await runSteps(objective, 0, 20);
    const after = await objective.validate(20, never);
    const losses = lossOf(metrics);
    expect(losses[0]).toBeGreaterThan(4);
    expect(losses.at(-1)).toBeLessThan(2);
    expect(after?.score).toEqual({ metric: 'val/loss', value: after?.metrics['val/loss'], better: 'lower' });
    expect(after?.score.value).toBeLessThan((before?.score.value ?? 0) / 2);
    expect(metrics[0]).toMatchObject({ lr: 0.01, epoch: 0.4, leftOut: 0, skippedSteps: 0 });
    expect(Object.keys(metrics[0] ?? {})).toEqual(
      expect.arrayContaining(['loss', 'entropy', 'gradNorm', 'lr', 'epoch', 'tokens']),
    );
  });

  it('weighs parts: what weighs nothing is not learned', async () => {
    const weights = { initial: 0, reflection: 0, revision: 1 };
    const [whole, revision] = await Promise.all([open(), open({ config: { weights } })]);
    const [all] = await runSteps(whole, 0, 1);
    const [some] = await runSteps(revision, 0, 1);
    // "<think>It is red.</think><answer>A</answer>", the end of the turn; "blue" has one letter more.
    expect(some?.['tokens']).toBeLessThan((all?.['tokens'] ?? 0) / 2);
    const { metrics } =
      (await (await open({ config: { weights, validation: { every: 1 } } })).validate(1, never)) ?? {};
    expect(metrics?.['val/loss']).toBeCloseTo(metrics?.['val/loss/revision'] ?? NaN, 10);
    expect(metrics?.['val/loss/initial']).toBeGreaterThan(0);
  });

  it('does not depend on how its batch is cut into passes', async () => {
    const config = { weights: { initial: 0.5, reflection: 1, revision: 2 } };
    const whole = await runSteps(await open({ config: { ...config, compute: { maxTokensPerPass: 0 } } }), 0, 4);
    const single = await runSteps(await open({ config: { ...config, compute: { maxTokensPerPass: 1 } } }), 0, 4);
    const pairs = await runSteps(await open({ config: { ...config, compute: { maxTokensPerPass: 1500 } } }), 0, 4);
    for (const other of [single, pairs]) {
      for (const [step, metrics] of whole.entries()) {
        for (const [name, value] of Object.entries(metrics)) expect(other[step]?.[name]).toBeCloseTo(value, 4);
      }
    }
  });

  it('follows the schedule to the last step', async () => {
    const optimizer = { learningRate: 0.01, schedule: 'linear', warmupSteps: 2 };
    const objective = await open({ config: { optimizer, epochs: 2 } });
    expect(objective.totalSteps).toBe(5);
    const rates = (await runSteps(objective, 0, 5)).map(({ lr }) => lr);
    expect(rates[0]).toBe(0);
    expect(rates[1]).toBeCloseTo(0.005, 10);
    expect(rates[2]).toBeCloseTo(0.01, 10);
    expect(rates[4]).toBeCloseTo(0.01 / 3, 10);
    const short = await open({ config: { epochs: 2, steps: 3 } });
    expect(short.totalSteps).toBe(3);
    expect((await open({ config: { steps: 40 } })).totalSteps).toBe(40);
  });
});

describe('going on', () => {
  it.each(['float32', 'bfloat16'] as const)('is bit for bit what it would have been: %s', async (dtype) => {
    const config = { validation: { every: 3 }, optimizer: { learningRate: 0.01, weightDecay: 0.1 } };
    const path = (name: string): string => join(world.dir, `${dtype}-${name}`);
    const through = await open({ config, dtype });
    const all = await runSteps(through, 0, 6);
    const tried = await through.validate(6, never);
    await through.model.save(path('through'));

    const first = await open({ config, dtype });
    const begun = await runSteps(first, 0, 3);
    const dir = path('half');
    const optimizer = path('half.safetensors');
    await first.model.save(dir, { companionsFrom: world.model });
    await first.trainer.saveState(optimizer);
    const state = { step: 3, best: null, sinceBest: 0, warnings: 0, stopped: null, objective: first.state() };

    const second = await open({ config, dtype, resume: { dir, optimizer, state } });
    second.restore(state.objective);
    const rest = await runSteps(second, 3, 6);
    expect([...begun, ...rest]).toEqual(all);
    expect(await second.validate(6, never)).toEqual(tried);
    await second.model.save(path('resumed'));
    expect(weightsIn(path('resumed')).equals(weightsIn(path('through')))).toBe(true);
  });
});

describe('validation', () => {
  it('comes when it is due and after the last step, of the first records by id', async () => {
    const objective = await open({ config: { steps: 5, validation: { every: 2, limit: 2 } } });
    const due = [];
    for (let step = 0; step <= 5; step += 1) due.push((await objective.validate(step, never)) !== undefined);
    expect(due).toEqual([true, false, true, false, true, true]);
    const [two, all] = await Promise.all([
      objective.validate(2, never),
      (await open({ config: { validation: { every: 2 } } })).validate(2, never),
    ]);
    expect(two?.metrics['val/tokens']).toBeLessThan(all?.metrics['val/tokens'] ?? 0);
  });

  it('is none where there are no records for it', async () => {
    const dir = await world.writeData(
      [0, 1, 2, 3].map((n) => world.record('train', n)),
      join(world.dir, 'no-val'),
    );
    const objective = await open({ data: dir, config: { validation: { every: 1 } } });
    expect(await objective.validate(1, never)).toBeUndefined();
  });
});

describe('records that cannot be learned', () => {
  it('are left out, counted and named: those that are too long when their videos have been read', async () => {
    const warned: string[] = [];
    const log = { debug() {}, info() {}, error() {}, warn: (_: object, message: string) => void warned.push(message) };
    const { transcript } = world.record('train', 2);
    const special = transcript.replace('I look.', 'I <|im_end|> look.');
    const long = transcript.replace('I look.', 'I look. '.repeat(1000));
    const records = [
      ...[0, 1].map((n) => world.record('train', n)),
      world.record('train', 2, { transcript: special }),
      world.record('train', 4, { transcript: long }),
    ];
    const data = await world.writeData(records, join(world.dir, 'faulty'));
    // Once, though they come in every step.
    const [metrics] = await runSteps(await open({ data, config: { batchSize: 3 }, context: { log } }), 0, 2);
    expect(metrics).toMatchObject({ leftOut: 1, epoch: 1 });
    expect(warned).toEqual([
      'left out: 1 whose transcript holds the special token <|im_end|> (train-0002:qa:0)',
      'left out: a record whose prompt and transcript are longer than 8192 tokens',
    ]);
    // The loss of the other two.
    const rest = await world.writeData(records.slice(0, 2), join(world.dir, 'rest'));
    const [clean] = await runSteps(await open({ data: rest, config: { batchSize: 2 } }), 0, 1);
    expect(metrics?.['loss']).toBeCloseTo(clean?.['loss'] ?? NaN, 5);
    expect(metrics?.['tokens']).toBe(clean?.['tokens']);
  });

  it('never come together in a batch, so that it had nothing to learn', async () => {
    const { transcript } = world.record('train', 0);
    const special = transcript.replace('I look.', '<|im_end|>');
    const records = [0, 2, 4].map((n) => world.record('train', n, { transcript: special }));
    const data = await world.writeData([...records, world.record('train', 1)], join(world.dir, 'mostly'));
    const objective = await open({ data, config: { batchSize: 1, epochs: 3 } });
    expect(objective.totalSteps).toBe(3);
    const metrics = await runSteps(objective, 0, 3);
    expect(metrics.map(({ leftOut }) => leftOut)).toEqual([0, 0, 0]);
  });

  it('end no run that meets only those that are too long', async () => {
    const { transcript } = world.record('train', 0);
    const long = transcript.replace('I look.', 'I look. '.repeat(1000));
    const records = [world.record('train', 0, { transcript: long }), world.record('val', 0, { transcript: long })];
    const data = await world.writeData(records, join(world.dir, 'all-long'));
    const objective = await open({ data, config: { batchSize: 1, validation: { every: 1 } } });
    const [metrics] = await runSteps(objective, 0, 1);
    expect(metrics).toMatchObject({ leftOut: 1, tokens: 0 });
    expect(metrics).not.toHaveProperty('loss');
    expect(await objective.validate(1, never)).toBeUndefined();
  });

  it('end a run where there are no others', async () => {
    const { transcript } = world.record('train', 0);
    const special = transcript.replace('I look.', '<|im_end|>');
    const records = [0, 2].map((n) => world.record('train', n, { transcript: special }));
    const data = await world.writeData(records, join(world.dir, 'hopeless'));
    await expect(open({ data, config: { batchSize: 2 } })).rejects.toMatchObject({
      code: 'UNPROCESSABLE',
      message: expect.stringContaining(
        'expected transcripts that can be learned, received none (left out: 2 whose',
      ) as string,
    });
  });
});

it('ends when it is told to, and can be thrown away then', async () => {
  const objective = await open();
  const controller = new AbortController();
  const step = objective.step(0, controller.signal);
  controller.abort(new Error('enough'));
  await expect(step).rejects.toThrow('enough');
  await expect(objective.step(0, AbortSignal.abort(new Error('no more')))).rejects.toThrow('no more');
});

describe('refuses early', () => {
  it('a batch larger than the training split', async () => {
    await expect(open({ config: { batchSize: 11 } })).rejects.toMatchObject({
      code: 'UNPROCESSABLE',
      message: 'config.batchSize: expected at most 10, which is as many as there are to train on, received 11',
    });
  });

  it('an early stop without a validation split to go by', async () => {
    const data = await world.writeData([world.record('train', 0)], join(world.dir, 'no-val-to-stop-by'));
    const validation = { every: 1, earlyStop: { patience: 1 } };
    await expect(open({ data, config: { batchSize: 1, validation } })).rejects.toMatchObject({
      code: 'UNPROCESSABLE',
      message: `config.validation.earlyStop: expected records in the split val of ${data}, as it goes by validations, received none`,
    });
  });
});
