import { TRAINING_PRESETS } from '../presets';
import { SrvauError } from '../../wire/errors';
import { resolveGrpo, resolveSft, type TrainSettings } from './resolve';

function faultOf(resolve: (settings: TrainSettings) => unknown, settings: TrainSettings): SrvauError {
  try {
    resolve(settings);
  } catch (error) {
    if (error instanceof SrvauError) return error;
    throw error;
  }
  throw new Error(`expected a refusal of ${JSON.stringify(settings)}`);
}

describe('defaults', () => {
  it('are those of the paper', () => {
    expect(resolveGrpo({})).toMatchObject({
      prompt: 'reflection-rft',
      rollout: { groupSize: 4, promptsPerStep: 128, temperature: 1 },
      optimizer: { learningRate: 2e-5 },
      video: { fps: 1 },
      compute: { recompute: true },
      loss: { type: 'grpo', klCoef: 0.04 },
      reward: { components: [{ plugin: 'task' }, { plugin: 'reflection' }, { plugin: 'temporal-iou' }] },
    });
    expect(resolveSft({})).toMatchObject({ batchSize: 128, weights: { initial: 1, reflection: 1, revision: 1 } });
  });

  it('fill what a group of settings leaves out', () => {
    const { optimizer } = resolveSft({ config: { optimizer: { weightDecay: 0.1 } } });
    expect(optimizer).toMatchObject({ weightDecay: 0.1, learningRate: 2e-5, beta2: 0.999 });
  });
});

describe('a preset', () => {
  it.each(Object.entries(TRAINING_PRESETS))('%s resolves', (preset, { kind }) => {
    expect(() => (kind === 'sft' ? resolveSft : resolveGrpo)({ preset })).not.toThrow();
  });

  it('goes over the defaults and under what the request says', () => {
    expect(resolveSft({ preset: 'paper-eq1' }).weights).toEqual({ initial: 0, reflection: 0, revision: 1 });
    const mixed = resolveSft({ preset: 'paper-eq1', config: { weights: { reflection: 0.5 } } });
    expect(mixed.weights).toEqual({ initial: 0, reflection: 0.5, revision: 1 });
  });

  it('has lists replaced, not joined', () => {
    const config = { reward: { components: [{ plugin: 'mine', options: { keep: null } }] } };
    const { reward } = resolveGrpo({ preset: 'grpo', config });
    expect(reward.components).toEqual([{ plugin: 'mine', weight: 1, options: { keep: null } }]);
  });

  it('gives way to a null, which says the default', () => {
    expect(resolveSft({ preset: 'paper-eq1', config: { weights: null } }).weights.initial).toBe(1);
    expect(resolveSft({ preset: 'paper-eq1', config: { weights: { initial: null } } }).weights.initial).toBe(1);
  });

  it.each([
    ['reflectionsft', 'expected a preset of sft: reflection-sft, paper-eq1, received "reflectionsft"'],
    ['srvau-r1', 'received "srvau-r1", one of grpo'],
    ['toString', 'received "toString"'],
  ])('%s is refused for sft', (preset, message) => {
    expect(faultOf(resolveSft, { preset })).toMatchObject({ code: 'INVALID_REQUEST', details: [{ field: 'preset' }] });
    expect(faultOf(resolveSft, { preset }).message).toContain(message);
  });
});

describe('what cannot work', () => {
  it.each<[string, Record<string, unknown>, string]>([
    ['a learning rate of 0', { optimizer: { learningRate: 0 } }, 'config.optimizer.learningRate'],
    ['a learning rate that is not a number', { optimizer: { learningRate: NaN } }, 'config.optimizer.learningRate'],
    ['one that is a text', { optimizer: { learningRate: '2e-5' } }, 'config.optimizer.learningRate'],
    ['a negative one', { optimizer: { learningRate: -1e-5 } }, 'config.optimizer.learningRate'],
    ['an infinite one', { optimizer: { learningRate: Infinity } }, 'config.optimizer.learningRate'],
    ['an unknown field', { optimiser: {} }, 'config.optimiser'],
    ['an unknown field in a group', { optimizer: { lr: 1e-5 } }, 'config.optimizer.lr'],
    ['a group that is no object', { optimizer: 3 }, 'config.optimizer'],
    ['an unknown task', { tasks: ['captioning'] }, 'config.tasks'],
    ['an unknown dtype', { compute: { dtype: 'float16' } }, 'config.compute.dtype'],
    ['a batch of none', { batchSize: 0 }, 'config.batchSize'],
    ['half an epoch', { epochs: 0.5 }, 'config.epochs'],
    ['weights that are all 0', { weights: { initial: 0, reflection: 0, revision: 0 } }, 'config.weights'],
    ['a warm-up as long as the run', { steps: 5, optimizer: { warmupSteps: 5 } }, 'config.optimizer.warmupSteps'],
    ['two warm-ups', { optimizer: { warmupSteps: 5, warmupRatio: 0.1 } }, 'config.optimizer.warmupRatio'],
    ['pixel bounds that cross', { video: { minPixels: 2, maxPixels: 1 } }, 'config.video.minPixels'],
    [
      'patience without validation',
      { validation: { every: 0, earlyStop: { patience: 2 } } },
      'config.validation.every',
    ],
    ['a checkpoint never', { checkpoints: { every: 0 } }, 'config.checkpoints.every'],
  ])('sft: %s', (_name, config, field) => {
    const fault = faultOf(resolveSft, { config });
    expect(fault.code).toBe('INVALID_REQUEST');
    expect(fault.details.map((detail) => detail.field)).toContain(field);
    expect(fault.message).toContain(`training.sft request: ${field}: expected `);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['groups of one', { rollout: { groupSize: 1 } }, 'config.rollout.groupSize'],
    ['an unknown loss', { loss: { type: 'ppo' } }, 'config.loss.type'],
    ['a temperature of 0', { rollout: { temperature: 0 } }, 'config.rollout.temperature'],
    ['a delta inside the clip', { loss: { clipHigh: 0.3, delta: 1.3 } }, 'config.loss.delta'],
    ['a penalty as long as the answer', { overlong: { softTokens: 1024 } }, 'config.overlong.softTokens'],
    ['minibatches that cut groups', { minibatches: 3 }, 'config.minibatches'],
    ['an unknown scale', { reward: { scale: 'std' } }, 'config.reward.scale'],
    ['no components', { reward: { components: [] } }, 'config.reward.components'],
    [
      'a plugin twice',
      { reward: { components: [{ plugin: 'task' }, { plugin: 'task' }] } },
      'config.reward.components',
    ],
    ['no weight', { reward: { components: [{ plugin: 'task', weight: 0 }] } }, 'config.reward.components'],
    ['a bad plugin id', { reward: { components: [{ plugin: 'A b' }] } }, 'config.reward.components[0].plugin'],
    ['an unknown warning', { guards: { stopOn: ['boredom'] } }, 'config.guards.stopOn'],
    [
      'a guard without its measure',
      { loss: { klCoef: 0 }, guards: { stopOn: ['kl-explodes'] } },
      'config.guards.stopOn',
    ],
    ['a term without its weight', { loss: { klCoef: 0, klTimesRatio: true } }, 'config.loss.klTimesRatio'],
  ])('grpo: %s', (_name, config, field) => {
    const fault = faultOf(resolveGrpo, { config });
    expect(fault.details.map((detail) => detail.field)).toContain(field);
  });

  it('a batch that ranks do not share evenly', () => {
    const sft = faultOf(resolveSft, { config: { batchSize: 9 }, ranks: 2 });
    expect(sft.message).toContain('config.batchSize: expected a multiple of the 2 ranks, received 9');
    const grpo = faultOf(resolveGrpo, { config: { rollout: { promptsPerStep: 6 } }, ranks: 4 });
    expect(grpo.details[0]?.field).toBe('config.rollout.promptsPerStep');
    expect(resolveSft({ config: { batchSize: 8 }, ranks: 2 }).batchSize).toBe(8);
  });

  it('is told all at once', () => {
    const config = { rollout: { promptsPerStep: 5 }, minibatches: 2, loss: { delta: 1 } };
    expect(faultOf(resolveGrpo, { config, ranks: 2 }).details).toHaveLength(3);
  });

  it('hostile shapes', () => {
    let deep: Record<string, unknown> = {};
    for (let i = 0; i < 20_000; i += 1) deep = { optimizer: deep };
    expect(faultOf(resolveSft, { config: deep }).code).toBe('INVALID_REQUEST');
    const proto = JSON.parse('{"__proto__": {"batchSize": 1}, "constructor": 1}') as Record<string, unknown>;
    expect(faultOf(resolveSft, { config: proto }).details).toHaveLength(2);
  });
});
