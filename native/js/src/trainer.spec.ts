import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configJson, Reference, rejection } from '../test/reference';
import { Model, totalsOf, totalWeight, Trainer, type RolloutGroup } from '.';

const prompt = { ids: [3, 4, 5] };

describe('a trainer', () => {
  it('computes the loss of the reference', async () => {
    const reference = new Reference('tied-gqa2-small-windows');
    const { inputs } = reference;
    await using model = await reference.load();
    await using trainer = await Trainer.create(model, { mrope: inputs.mrope, suppressed: inputs.forbidden_tokens });
    const prompts = await reference.prompts();
    // Everything after the last token without weight is the completion; before it all weights must be 0.
    const samples = prompts.map(({ ids, clips }, i) => {
      const weights = inputs.sequences[i]?.weights ?? [];
      const start = weights.findIndex((weight) => weight > 0);
      return {
        prompt: { ids: ids.slice(0, start), clips },
        completion: ids.slice(start),
        weights: weights.slice(start),
      };
    });
    const normalizer = totalWeight(samples);
    let loss = 0;
    for (const sample of samples) {
      const stats = await trainer.accumulateSft([sample], { normalizer });
      loss += stats.lossSum / normalizer;
    }
    const { gradNorm } = await trainer.step(0);
    expect(loss).toBeCloseTo(lossOf(reference), 4);
    expect(gradNorm).toBeGreaterThan(0);
  });

  it('learns: the answer becomes more probable', async () => {
    await using model = await Model.random({ json: configJson() }, { seed: 2 });
    await using trainer = await Trainer.create(model, { optimizer: { weightDecay: 0.01 } });
    const samples = [{ prompt, completion: [6, 7, 8], weights: [1, 0, 1] }];
    const losses = [];
    for (let i = 0; i < 5; ++i) {
      const { lossSum, weightSum, tokens } = await trainer.accumulateSft(samples);
      expect(tokens).toBe(2);
      losses.push(lossSum / weightSum);
      expect(await trainer.step(0.01)).toMatchObject({ skipped: false });
    }
    expect(losses).toEqual([...losses].sort((a, b) => b - a));
  });

  it('follows advantages, in one call as in two', async () => {
    const steps = [];
    for (const parts of [1, 2]) {
      await using model = await Model.random({ json: configJson() }, { seed: 2 });
      await using trainer = await Trainer.create(model);
      const groups = await sampleGroups(model);
      const totals = totalsOf(groups);
      const size = groups.length / parts;
      let loss = 0;
      for (let i = 0; i < groups.length; i += size) {
        const stats = await trainer.accumulateGrpo(groups.slice(i, i + size), { totals, loss: { klCoef: 0 } });
        expect(stats.ratioSum / stats.ratios).toBeCloseTo(1, 4);
        loss += stats.loss;
      }
      steps.push({ loss, ...(await trainer.step(1e-3)) });
    }
    const [whole, halves] = steps;
    expect(halves?.gradNorm).toBeCloseTo(whole?.gradNorm ?? NaN, 5);
    expect(halves?.loss).toBeCloseTo(whole?.loss ?? NaN, 5);
  });

  it('goes on from its saved state bit for bit', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'srvau-native-'));
    try {
      const samples = [{ prompt, completion: [6, 7, 8], weights: [1, 1, 1] }];
      const step = async (trainer: Trainer): Promise<number> => {
        const { lossSum } = await trainer.accumulateSft(samples);
        await trainer.step(0.01);
        return lossSum;
      };
      await using model = await Model.random({ json: configJson() }, { seed: 2 });
      await using trainer = await Trainer.create(model);
      await step(trainer);
      await model.save(join(dir, 'model'));
      await trainer.saveState(join(dir, 'optimizer.safetensors'));
      const uninterrupted = [await step(trainer), await step(trainer)];

      await using again = await Model.load(join(dir, 'model'));
      await using resumed = await Trainer.create(again);
      await resumed.loadState(join(dir, 'optimizer.safetensors'));
      expect([await step(resumed), await step(resumed)]).toEqual(uninterrupted);
      expect(await rejection(resumed.loadState(join(dir, 'none')))).toMatchObject({ code: 'CHECKPOINT' });
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });

  it('refuses what it cannot train, and what does not fit together', async () => {
    await using mapped = await Model.map(new Reference('text-only').dir);
    const readOnly = await rejection(Trainer.create(mapped));
    expect(readOnly).toMatchObject({ code: 'INVALID_ARGUMENT' });
    await using model = await Model.random({ json: configJson() }, { seed: 2 });
    expect(await rejection(Trainer.create(model, { maxGradNorm: -1 }))).toHaveProperty(
      'message',
      expect.stringContaining('max_grad_norm'),
    );
    await using trainer = await Trainer.create(model);
    const short = await rejection(trainer.accumulateSft([{ prompt, completion: [1, 2], weights: [1] }]));
    expect(short).toHaveProperty('message', expect.stringContaining('samples[0].weights: expected 2'));
    const rollouts = [{ ids: [1, 2], advantage: 1, referenceLogprobs: Float32Array.of(-1) }];
    const ragged = await rejection(trainer.accumulateGrpo([{ prompt, rollouts }]));
    expect(ragged).toHaveProperty('message', expect.stringContaining('groups[0].rollouts[0]'));
    const negative = await rejection(trainer.step(-1));
    expect(negative).toHaveProperty(
      'message',
      'Expected number from 0 to 1 for learningRate but received -1 of type number',
    );
    const misspelt = await rejection(trainer.accumulateGrpo([], { loss: { lossType: 'ppo' as 'grpo' } }));
    expect(misspelt).toHaveProperty('message', expect.stringContaining('grpo, dr_grpo, dapo, bnpo for loss.lossType'));
  });
});

/** Four samples of two prompts, with advantages. */
async function sampleGroups(model: Model): Promise<RolloutGroup[]> {
  const prompts = [prompt, { ids: [9, 10] }];
  const requests = prompts.map((of) => ({ prompt: of, seeds: [1, 2, 3, 4] }));
  const completions = await model.generate(requests, { maxNewTokens: 6 });
  return completions.map((samples, i) => ({
    prompt: prompts[i] ?? prompt,
    rollouts: samples.map(({ ids, logprobs }, j) => ({ ids, advantage: j - 1.5, oldLogprobs: logprobs })),
  }));
}

function lossOf(reference: Reference): number {
  let sum = 0;
  let weight = 0;
  reference.inputs.sequences.forEach(({ weights }, i) => {
    const logprobs = reference.expected(`loss_logprobs.${i}`);
    weights.forEach((value, t) => {
      if (value === 0) return;
      sum -= value * (logprobs[t] ?? NaN);
      weight += value;
    });
  });
  return sum / weight;
}
