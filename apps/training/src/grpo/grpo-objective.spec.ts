import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type RolloutRow, silentLog } from '@srvau/contracts';
import { setThreads } from '@srvau/native';
import { grpoSteps, type GrpoRunOptions, metricsOf, openGrpo } from '../../test/grpo-run';
import { byText, type RowScore, ScoringDouble } from '../../test/scoring-double';
import { TinyWorld } from '../../test/tiny-world';
import type { GrpoObjective } from './grpo-objective';
import type { ResumePoint } from '../run/run';

let world: TinyWorld;
const opened: GrpoObjective[] = [];
beforeAll(async () => {
  // Steps of this size are done sooner by one thread than by several that wait for each other.
  setThreads(1);
  world = await TinyWorld.make({ train: 12, val: 3 });
});
afterEach(async () => {
  for (const objective of opened.splice(0)) await objective[Symbol.asyncDispose]();
});
afterAll(() => world.dispose());

const never = new AbortController().signal;

async function open(
  config: GrpoRunOptions['config'] = {},
  options: Partial<GrpoRunOptions> = {},
): Promise<GrpoObjective> {
  const { model, data } = world;
  const objective = await openGrpo({ model, data, services: new ScoringDouble(), config, ...options });
  opened.push(objective);
  return objective;
}

const rewarding = (score: (row: RolloutRow) => RowScore): Partial<GrpoRunOptions> => ({
  services: new ScoringDouble({ text: { score } }),
});
/** Number of a rollout among those of its prompt. */
const numberOf = ({ id }: RolloutRow): number => Number(id.split('/').at(-1));

describe('a GRPO step', () => {
  it('raises what is rewarded', async () => {
    const objective = await open({
      loss: { klCoef: 0 },
      optimizer: { learningRate: 0.01 },
      rollout: { groupSize: 8, promptsPerStep: 2, maxNewTokens: 12 },
    });
    const means = metricsOf(await grpoSteps(objective, 0, 20)).map((metrics) => metrics['reward/total/mean'] ?? NaN);
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(means.slice(-3))).toBeGreaterThan(mean(means.slice(0, 3)) + 0.15);
  });

  it('measures what it did', async () => {
    const [first, second] = metricsOf(await grpoSteps(await open(), 0, 2));
    expect(first).toMatchObject({
      'reward/text/scored': 1,
      'reward/text/abstained': 0,
      'reward/text/failed': 0,
      ...{ epoch: 4 / 12, lr: 0.003, skippedUpdates: 0, zeroVariance: 0, dropped: 0, leftOut: 0, format: 0 },
    });
    expect(first?.['reward/total/mean']).toBe(first?.['reward/text/mean']);
    // Before the first update policy and reference are one; what sampling and training compute agrees to rounding.
    expect(first?.['kl']).toBeCloseTo(0, 6);
    expect(first?.['ratio/mean']).toBeCloseTo(1, 5);
    expect(first?.['mismatch/max']).toBeLessThan(1e-4);
    expect(second?.['kl']).toBeGreaterThan(1e-5);
    expect(second?.['entropy']).toBeGreaterThan(3);
    expect(second?.['length/max']).toBeLessThanOrEqual(12);
    for (const value of Object.values(second ?? {})) expect(Number.isFinite(value)).toBe(true);
  });

  it('has the same outcome when it is done again from the same parameters', async () => {
    const [a, b] = [await open(), await open()];
    const [ofA, ofB] = [await grpoSteps(a, 0, 3), await grpoSteps(b, 0, 3)];
    expect(metricsOf(ofA)).toEqual(metricsOf(ofB));
    expect(ofA[0]?.samples).toEqual(ofB[0]?.samples);
    const other = await grpoSteps(await open({ seed: 1 }), 0, 1);
    expect(metricsOf(other)).not.toEqual(metricsOf(ofA.slice(0, 1)));
  });

  it('goes on from a checkpoint as if nothing had been between', async () => {
    const config = { guards: { window: 4 }, minibatches: 2, iterations: 2, dynamicSampling: {} };
    // Never varies, in the eyes of one component: its guard counts over the checkpoint.
    const services = new ScoringDouble({ text: { score: byText }, flat: { score: () => 0.5 } });
    const reward = { components: [{ plugin: 'text' }, { plugin: 'flat' }] };
    const uninterrupted = await open({ ...config, reward }, { services });
    await grpoSteps(uninterrupted, 0, 2);
    const dir = join(world.dir, 'checkpoint');
    await uninterrupted.model.save(dir, { companionsFrom: world.model });
    const optimizer = join(world.dir, 'optimizer.safetensors');
    await uninterrupted.trainer.saveState(optimizer);
    const objective = JSON.parse(JSON.stringify(uninterrupted.state())) as Record<string, unknown>;
    const expected = await grpoSteps(uninterrupted, 2, 5);
    const state = { step: 2, best: null, sinceBest: 0, warnings: 0, stopped: null, objective };
    const resume: ResumePoint = { state, dir, optimizer };
    const resumed = await open({ ...config, reward }, { services, resume });
    resumed.restore(objective);
    const actual = await grpoSteps(resumed, 2, 5);
    expect(metricsOf(actual)).toEqual(metricsOf(expected));
    expect(actual.map(({ warnings }) => warnings)).toEqual(expected.map(({ warnings }) => warnings));
    const warnings = expected.map(({ warnings: told = [] }) => told.map(({ warning }) => warning));
    expect(warnings).toEqual([[], ['constant-reward', 'format-rate-zero'], []]);
    rmSync(dir, { recursive: true });
  });

  it('tells of rollouts with their scores, parts and advantages', async () => {
    const services = new ScoringDouble({
      text: { score: byText },
      shy: { score: (row) => (numberOf(row) === 0 ? 'abstain too short' : 1) },
    });
    const reward = { components: [{ plugin: 'text', weight: 2 }, { plugin: 'shy' }] };
    const [outcome] = await grpoSteps(await open({ reward }, { services }), 0, 1);
    const { samples = [] } = outcome ?? {};
    expect(samples).toHaveLength(16);
    expect(new Set(samples.map(({ id }) => id)).size).toBe(16);
    for (const { id, step, groupId, prompt, completion, scores, reward: total, truth } of samples) {
      const { text, shy } = scores as Record<
        string,
        { kind: string; value?: number; because?: string; parts?: object }
      >;
      expect({ step, groupId, of: prompt.includes('Which colour?') }).toEqual({
        step: 1,
        groupId: id.split('/')[0],
        of: true,
      });
      expect(text?.value).toBe(byText({ completion } as RolloutRow));
      expect(text?.parts).toEqual({ half: (text?.value ?? 0) / 2 });
      expect(shy).toEqual(
        id.endsWith('/0')
          ? { kind: 'abstained', because: 'too short' }
          : { kind: 'scored', value: 1, parts: { half: 0.5 } },
      );
      expect(total).toBeCloseTo(2 * (text?.value ?? 0) + (shy?.value ?? 0), 12);
      expect(truth).toHaveProperty('label');
    }
    expect(outcome?.metrics).toMatchObject({ 'reward/shy/abstained': 0.25, 'reward/shy/scored': 0.75 });
    expect(samples.reduce((sum, { advantage }) => sum + (advantage ?? NaN), 0)).toBeCloseTo(0, 6);
  });

  it('draws no prompt twice within an epoch, and every one once', async () => {
    const services = new ScoringDouble();
    await grpoSteps(await open({}, { services }), 0, 3);
    const prompts = services.requests.flatMap(({ rollouts }) => rollouts.map(({ groupId }) => groupId));
    expect(prompts).toHaveLength(12 * 4);
    expect(new Set(prompts).size).toBe(12);
  });

  it('draws more prompts in place of groups that bring no gradient, up to a bound', async () => {
    // Red ones are told apart, blue ones all get the same.
    const byColour = rewarding((row) => (row.truth.label === 'A' ? byText(row) : 0.5));
    const config = {
      dynamicSampling: { maxRounds: 3 },
      rollout: { groupSize: 4, promptsPerStep: 2, maxNewTokens: 12 },
    };
    const outcomes = await grpoSteps(await open(config, byColour), 0, 3);
    for (const { metrics, samples } of outcomes) {
      expect(metrics['groups']).toBeLessThanOrEqual(2);
      expect(metrics['rounds']).toBeLessThanOrEqual(3);
      expect(metrics['groups'] === 2 || metrics['rounds'] === 3).toBe(true);
      for (const { truth, advantage } of samples ?? []) {
        if ((truth as { label: string }).label === 'B') expect(advantage).toBeNull();
      }
    }
    const [flat] = await grpoSteps(
      await open(
        config,
        rewarding(() => 1),
      ),
      0,
      1,
    );
    expect(flat?.metrics).toMatchObject({ rounds: 3, groups: 0, zeroVariance: 1, skippedUpdates: 0 });
    expect(flat?.metrics).not.toHaveProperty('loss');
  });

  it('masks what was cut off, and penalises what nearly was', async () => {
    const config = { overlong: { mask: true, softTokens: 6, weight: 0.5 }, loss: { type: 'dapo', klCoef: 0 } };
    const [outcome] = await grpoSteps(await open(config), 0, 1);
    const { metrics, samples = [] } = outcome ?? {};
    expect(metrics?.['truncated']).toBeGreaterThan(0.5);
    expect(metrics?.['reward/overlong_penalty/mean']).toBeLessThan(-0.5);
    for (const { finish, tokens, reward, scores } of samples) {
      const { value = NaN } = (scores as Record<string, { value?: number }>)['text'] ?? {};
      const penalty = Math.min(0, -(tokens - 6) / 6);
      expect(reward).toBeCloseTo(value + 0.5 * penalty, 12);
      expect(finish === 'length').toBe(tokens === 12);
    }
  });

  it.each(['grpo', 'dr_grpo', 'dapo', 'bnpo'])('takes the loss %s in one minibatch as in several', async (type) => {
    const loss = { type, klCoef: 0.1 };
    const [whole] = metricsOf(await grpoSteps(await open({ loss, optimizer: { learningRate: 1e-9 } }), 0, 1));
    const [cut] = metricsOf(
      await grpoSteps(await open({ loss, minibatches: 4, optimizer: { learningRate: 1e-9 } }), 0, 1),
    );
    // Nothing is learned at this rate: what differs is how the loss is divided.
    for (const name of ['kl', 'entropy', 'ratio/mean', 'reward/total/mean']) {
      expect(cut?.[name]).toBeCloseTo(whole?.[name] ?? NaN, 6);
    }
    if (type !== 'dapo' && type !== 'bnpo') expect(cut?.['loss']).toBeCloseTo(whole?.['loss'] ?? NaN, 6);
  });
});

describe('a plugin that fails', () => {
  const failing = rewarding((row) =>
    numberOf(row) === 1 && row.truth.label === 'A' ? 'fail text@1: no idea' : byText(row),
  );

  it('ends the run, which says what it said', async () => {
    await expect(grpoSteps(await open({}, failing), 0, 1)).rejects.toMatchObject({
      code: 'UNPROCESSABLE',
      message: expect.stringContaining('failed, the first with: text@1: no idea') as string,
    });
  });

  it('costs its groups, where that is the policy', async () => {
    const reward = { components: [{ plugin: 'text' }], onFailure: 'drop-group' };
    const [outcome] = await grpoSteps(await open({ reward }, failing), 0, 1);
    const reds = new Set(outcome?.samples?.filter(({ advantage }) => advantage === null).map(({ groupId }) => groupId));
    expect(outcome?.metrics['dropped']).toBe(reds.size / 4);
    expect(outcome?.metrics['reward/text/failed']).toBe(reds.size / 16);
    expect(reds.size).toBeGreaterThan(0);
  });

  it('counts as abstaining, where that is the policy', async () => {
    const reward = { components: [{ plugin: 'text' }], onFailure: 'abstain' };
    const [outcome] = await grpoSteps(await open({ reward }, failing), 0, 1);
    expect(outcome?.metrics['dropped']).toBe(0);
    const failed = outcome?.samples?.filter(({ reward: total }) => total === null) ?? [];
    expect(failed.map(({ advantage }) => advantage)).toEqual(failed.map(() => 0));
    expect(outcome?.metrics['reward/text/failed']).toBe(failed.length / 16);
  });

  it('leaves the parameters as they are where no group is left', async () => {
    const reward = { components: [{ plugin: 'text' }], onFailure: 'drop-group' };
    const [outcome] = await grpoSteps(
      await open(
        { reward },
        rewarding(() => 'fail text@1: never'),
      ),
      0,
      1,
    );
    expect(outcome?.metrics).toMatchObject({ dropped: 1, 'reward/text/failed': 1, skippedUpdates: 0 });
    expect(outcome?.metrics).not.toHaveProperty('gradNorm');
  });
});

describe('a prompt that is too long for the model', () => {
  const long = { question: `Which colour? ${'?'.repeat(8192)}` };

  it('takes no part in its step: it is counted, and named once', async () => {
    const records = [0, 1, 2, 3].map((n) => world.record('train', n, n === 2 ? long : {}));
    const data = await world.writeData([...records, world.record('val', 0, long)], join(world.dir, 'long'));
    const warned: object[] = [];
    const log = { ...silentLog, warn: (fields: object) => void warned.push(fields) };
    const objective = await open({ validation: { every: 1 } }, { data, log });
    const outcomes = await grpoSteps(objective, 0, 2);
    for (const { metrics } of outcomes) {
      expect(metrics).toMatchObject({ leftOut: 1, dropped: 0, zeroVariance: 0, skippedUpdates: 0 });
      expect(metrics['gradNorm']).toBeGreaterThan(0);
    }
    const groups = new Set(outcomes[0]?.samples?.map(({ groupId }) => groupId));
    expect([...groups].sort()).toEqual(['train-0000:qa:0', 'train-0001:qa:0', 'train-0003:qa:0']);
    expect(await objective.validate(1, never)).toMatchObject({ score: { value: NaN } });
    expect(warned).toEqual([{ record: 'train-0002:qa:0' }, { record: 'val-0000:qa:0' }]);
  });

  it('leaves the parameters as they are, and tells the guards nothing, where there is no other', async () => {
    const data = await world.writeData([world.record('train', 0, long)], join(world.dir, 'only-long'));
    const rollout = { groupSize: 4, promptsPerStep: 1, maxNewTokens: 12 };
    const objective = await open({ rollout, guards: { window: 1, stopOn: ['format-rate-zero'] } }, { data });
    const [outcome] = await grpoSteps(objective, 0, 1);
    expect(outcome?.metrics).toMatchObject({ leftOut: 1, dropped: 0, zeroVariance: 0, tokens: 0 });
    expect(outcome?.warnings).toEqual([]);
    for (const value of Object.values(outcome?.metrics ?? {})) expect(Number.isFinite(value)).toBe(true);
  });
});

describe('validation', () => {
  it('completes the validation split greedily, before the first step, every so often, and after the last', async () => {
    const objective = await open({ validation: { every: 8 } });
    const due = [];
    for (const done of [0, 1, 7, 8, 16, 20]) if (await objective.validate(done, never)) due.push(done);
    expect(due).toEqual([0, 8, 16, 20]);
    const [one, two] = [await objective.validate(0, never), await objective.validate(0, never)];
    expect(one).toEqual(two);
    expect(Object.keys(one?.metrics ?? {}).sort()).toEqual([
      'val/format',
      'val/length/mean',
      'val/reward/text/mean',
      'val/reward/total/mean',
      'val/reward/total/scored',
      'val/truncated',
    ]);
    expect(one?.score).toEqual({
      metric: 'val/reward/total/mean',
      value: one?.metrics['val/reward/total/mean'],
      better: 'higher',
    });
  });

  it('says that nothing was scored, which makes no checkpoint the best', async () => {
    const objective = await open(
      { validation: { every: 1 } },
      rewarding(() => 'abstain not mine'),
    );
    expect(await objective.validate(0, never)).toMatchObject({
      metrics: { 'val/reward/total/scored': 0, 'val/truncated': expect.any(Number) },
      score: { value: NaN },
    });
  });
});

describe('what cannot work is refused before it begins', () => {
  it.each<[string, GrpoRunOptions['config'], string]>([
    [
      'a plugin that is not loaded',
      { reward: { components: [{ plugin: 'missing' }] } },
      'no reward plugin missing is loaded',
    ],
    ['more prompts than there are', { rollout: { promptsPerStep: 13 } }, 'config.rollout.promptsPerStep'],
  ])('%s', async (_, config, message) => {
    await expect(open(config)).rejects.toMatchObject({
      code: 'UNPROCESSABLE',
      message: expect.stringContaining(message) as string,
    });
  });

  it('an early stop without a validation split to go by', async () => {
    const data = await world.writeData(
      [0, 1, 2, 3].map((n) => world.record('train', n)),
      join(world.dir, 'no-val'),
    );
    const validation = { every: 1, earlyStop: { patience: 1 } };
    await expect(open({ validation }, { data })).rejects.toMatchObject({
      code: 'UNPROCESSABLE',
      message: `config.validation.earlyStop: expected records in the split val of ${data}, as it goes by validations, received none`,
    });
  });

  it('another scoreVersion than the run began with', async () => {
    const first = await open();
    const { model, trainer } = first;
    const dir = join(world.dir, 'version');
    await model.save(dir, { companionsFrom: world.model });
    await trainer.saveState(join(world.dir, 'version.safetensors'));
    const state = { step: 0, best: null, sinceBest: 0, warnings: 0, stopped: null, objective: first.state() };
    const resume = { state, dir, optimizer: join(world.dir, 'version.safetensors') };
    const services = new ScoringDouble({ text: { score: byText, scoreVersion: 2 } });
    await expect(open({}, { services, resume })).rejects.toMatchObject({
      code: 'UNPROCESSABLE',
      message: 'scoreVersion of the reward plugin text: expected 1, which this run began with, received 2',
    });
    rmSync(dir, { recursive: true });
  });
});

describe('an abort', () => {
  const reason = new Error('enough');

  it.each(['while completions are drawn', 'while they are scored', 'while the service is away'])(
    '%s ends the step',
    async (phase) => {
      const services = new ScoringDouble();
      const objective = await open(
        { rollout: { groupSize: 4, promptsPerStep: 4, maxNewTokens: phase.includes('drawn') ? 4000 : 12 } },
        { services },
      );
      const controller = new AbortController();
      if (phase.includes('scored')) {
        services.before = (_, signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
            controller.abort(reason);
          });
      }
      if (phase.includes('away')) services.isThere = false;
      if (!phase.includes('scored')) setTimeout(() => controller.abort(reason), 300);
      await expect(objective.step(0, controller.signal)).rejects.toBe(reason);
      // Nothing was left behind: the step can be done.
      services.isThere = true;
      services.before = () => Promise.resolve();
      if (!phase.includes('drawn')) await objective.step(0, never);
    },
  );

  it('in the update leaves the trainer as it was before', async () => {
    const objective = await open({ iterations: 64 });
    const controller = new AbortController();
    const { trainer } = objective;
    const accumulate = trainer.accumulateGrpo.bind(trainer);
    let calls = 0;
    trainer.accumulateGrpo = (...args) => {
      if (++calls === 3) controller.abort(reason);
      return accumulate(...args);
    };
    await expect(objective.step(0, controller.signal)).rejects.toBe(reason);
    expect(calls).toBe(3);
  });
});
