import { resolveGrpo, resolveSft, SrvauError } from '@srvau/contracts';
import { requireSameRun, type RunIdentity } from './same-run';

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
const parents = [
  { role: 'model', uri: 'file:///m', digest: digest('1') },
  { role: 'dataset', uri: 'file:///d', digest: digest('2') },
];
const sft = (config: Record<string, unknown> = {}): RunIdentity => ({
  kind: 'training.sft',
  config: resolveSft({ config }),
  parents,
});
/** As run.json gives it back. */
const recorded = (run: RunIdentity) => JSON.parse(JSON.stringify({ id: 'first', ...run })) as RunIdentity & never;

function fieldsThatDiffer(run: RunIdentity, now: RunIdentity): string[] {
  try {
    requireSameRun(recorded(run), now);
    return [];
  } catch (error) {
    if (!(error instanceof SrvauError)) throw error;
    expect(error.code).toBe('CONFLICT');
    return error.details.map(({ field }) => field);
  }
}

describe('requireSameRun', () => {
  it.each<[string, Record<string, unknown>]>([
    ['nothing', {}],
    ['how long it is', { steps: 9, epochs: 3 }],
    ['checkpoints and validation', { checkpoints: { every: 1 }, validation: { every: 1, earlyStop: { patience: 2 } } }],
    ['how it is computed', { compute: { threads: 1, recompute: false, maxTokensPerPass: 64 } }],
  ])('lets a run go on with another setting of %s', (_name, config) => {
    expect(fieldsThatDiffer(sft(), sft(config))).toEqual([]);
  });

  it.each<[Record<string, unknown>, string[]]>([
    [{ seed: 1 }, ['config.seed']],
    [{ batchSize: 64, optimizer: { learningRate: 1e-5 } }, ['config.optimizer.learningRate', 'config.batchSize']],
    [{ tasks: ['qa'] }, ['config.tasks']],
    [{ compute: { dtype: 'bfloat16' } }, ['config.compute.dtype']],
    [{ video: { maxPixels: 100 } }, ['config.video.maxPixels']],
  ])('names what differs: %j', (config, fields) => {
    expect(fieldsThatDiffer(sft(), sft(config)).sort()).toEqual([...fields].sort());
    expect(fieldsThatDiffer(sft(config), sft()).sort()).toEqual([...fields].sort());
  });

  it('knows rewards by their content', () => {
    const grpo = (components: object[], rest: object = {}): RunIdentity => ({
      kind: 'training.grpo',
      config: resolveGrpo({ config: { reward: { components }, ...rest } }),
      parents,
    });
    const one = grpo([{ plugin: 'task', options: { a: 1, b: 2 } }]);
    expect(fieldsThatDiffer(one, grpo([{ options: { b: 2, a: 1 }, plugin: 'task' }], { samplesEvery: 1 }))).toEqual([]);
    expect(fieldsThatDiffer(one, grpo([{ plugin: 'task', options: { a: 1, b: 3 } }]))).toEqual([
      'config.reward.components',
    ]);
    expect(fieldsThatDiffer(sft(), one)).toEqual(['kind']);
  });

  it('knows model and data by their digests, and where one is missing by their place', () => {
    const withModel = (model: object): RunIdentity => ({ ...sft(), parents: [model as (typeof parents)[0]] });
    expect(fieldsThatDiffer(sft(), withModel({ role: 'model', uri: 'file:///moved', digest: digest('1') }))).toEqual(
      [],
    );
    expect(fieldsThatDiffer(sft(), withModel({ role: 'model', uri: 'file:///m', digest: digest('3') }))).toEqual([
      'model',
    ]);
    expect(fieldsThatDiffer(sft(), withModel({ role: 'model', uri: 'file:///m' }))).toEqual([]);
    expect(fieldsThatDiffer(sft(), withModel({ role: 'model', uri: 'file:///other' }))).toEqual(['model']);
  });
});
