import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { RolloutRow } from '@srvau/contracts';
import { GrpoWorld, numberOf, rewarding } from '../../test/grpo-world';
import { byText, ScoringDouble } from '../../test/scoring-double';
import { outcomesOf, runSteps } from '../../test/steps';
import type { StepOutcome } from '../loop/objective';
import type { ResumePoint } from '../run/run';

let grpo: GrpoWorld;
beforeAll(async () => (grpo = await GrpoWorld.make()));
afterEach(() => grpo.closeAll());
afterAll(() => grpo.tiny.dispose());

const never = new AbortController().signal;

const metricsOf = (outcomes: readonly StepOutcome[]): StepOutcome['metrics'][] =>
  outcomes.map(({ metrics }) => metrics);

describe('a GRPO step', () => {
  it('raises what is rewarded', async () => {
    const objective = await grpo.open({
      loss: { klCoef: 0 },
      optimizer: { learningRate: 0.01 },
      rollout: { groupSize: 8, promptsPerStep: 2, maxNewTokens: 12 },
    });
    const means = (await runSteps(objective, 0, 20)).map((metrics) => metrics['reward/total/mean'] ?? NaN);
    const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(means.slice(-3))).toBeGreaterThan(mean(means.slice(0, 3)) + 0.15);
  });

  it('measures what it did', async () => {
    const [first, second] = await runSteps(await grpo.open(), 0, 2);
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
    const [a, b] = [await grpo.open(), await grpo.open()];
    const [ofA, ofB] = [await outcomesOf(a, 0, 3), await outcomesOf(b, 0, 3)];
    expect(metricsOf(ofA)).toEqual(metricsOf(ofB));
    expect(ofA[0]?.samples).toEqual(ofB[0]?.samples);
    const other = await outcomesOf(await grpo.open({ seed: 1 }), 0, 1);
    expect(metricsOf(other)).not.toEqual(metricsOf(ofA.slice(0, 1)));
  });

  it('goes on from a checkpoint as if nothing had been between', async () => {
    const config = { guards: { window: 4 }, minibatches: 2, iterations: 2, dynamicSampling: {} };
    // Never varies, in the eyes of one component: its guard counts over the checkpoint.
    const services = new ScoringDouble({ text: { score: byText }, flat: { score: () => 0.5 } });
    const reward = { components: [{ plugin: 'text' }, { plugin: 'flat' }] };
    const uninterrupted = await grpo.open({ ...config, reward }, { services });
    await outcomesOf(uninterrupted, 0, 2);
    const dir = join(grpo.tiny.dir, 'checkpoint');
    await uninterrupted.model.save(dir, { companionsFrom: grpo.tiny.model });
    const optimizer = join(grpo.tiny.dir, 'optimizer.safetensors');
    await uninterrupted.trainer.saveState(optimizer);
    const objective = JSON.parse(JSON.stringify(uninterrupted.state())) as Record<string, unknown>;
    const expected = await outcomesOf(uninterrupted, 2, 5);
    const state = { step: 2, best: null, sinceBest: 0, warnings: 0, stopped: null, objective };
    const resume: ResumePoint = { state, dir, optimizer };
    const resumed = await grpo.open({ ...config, reward }, { services, resume });
    resumed.restore(objective);
    const actual = await outcomesOf(resumed, 2, 5);
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
    const [outcome] = await outcomesOf(await grpo.open({ reward }, { services }), 0, 1);
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
    await outcomesOf(await grpo.open({}, { services }), 0, 3);
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
    const outcomes = await outcomesOf(await grpo.open(config, byColour), 0, 3);
    for (const { metrics, samples } of outcomes) {
      expect(metrics['groups']).toBeLessThanOrEqual(2);
      expect(metrics['rounds']).toBeLessThanOrEqual(3);
      expect(metrics['groups'] === 2 || metrics['rounds'] === 3).toBe(true);
      for (const { truth, advantage } of samples ?? []) {
        if ((truth as { label: string }).label === 'B') expect(advantage).toBeNull();
      }
    }
    const [flat] = await outcomesOf(
      await grpo.open(
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
    const [outcome] = await outcomesOf(await grpo.open(config), 0, 1);
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
    const [whole] = await runSteps(await grpo.open({ loss, optimizer: { learningRate: 1e-9 } }), 0, 1);
    const inFour = await grpo.open({ loss, minibatches: 4, optimizer: { learningRate: 1e-9 } });
    const [cut] = await runSteps(inFour, 0, 1);
    // Nothing is learned at this rate: what differs is how the loss is divided.
    for (const name of ['kl', 'entropy', 'ratio/mean', 'reward/total/mean']) {
      expect(cut?.[name]).toBeCloseTo(whole?.[name] ?? NaN, 6);
    }
    if (type !== 'dapo' && type !== 'bnpo') expect(cut?.['loss']).toBeCloseTo(whole?.['loss'] ?? NaN, 6);
  });
});

describe('validation', () => {
  it('completes the validation split greedily, before the first step, every so often, and after the last', async () => {
    const objective = await grpo.open({ validation: { every: 8 } });
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
    const objective = await grpo.open(
      { validation: { every: 1 } },
      rewarding(() => 'abstain not mine'),
    );
    expect(await objective.validate(0, never)).toMatchObject({
      metrics: { 'val/reward/total/scored': 0, 'val/truncated': expect.any(Number) },
      score: { value: NaN },
    });
  });
});
