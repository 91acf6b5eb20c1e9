import { type GrpoWarning, GuardConfig } from '@srvau/contracts';
import { Guards, type GuardState } from './guards';
import type { Observation } from './observation';

const healthy: Observation = {
  rewards: { task: { scored: 8, min: 0, max: 1 } },
  format: 0.9,
  lengthTokens: 60,
  kl: 0.01,
  entropy: 1,
  mismatch: 1e-4,
  skippedUpdates: 0,
};

const config = (change: Partial<GuardConfig> = {}): GuardConfig =>
  Object.assign(new GuardConfig(), { window: 3, ...change });
const guards = (change: Partial<GuardConfig> = {}): Guards => new Guards(config(change), ['task']);

/** For each step the warnings that it raised. */
function watch(observed: readonly Partial<Observation>[], watching = guards()): GrpoWarning[][] {
  return observed.map((change) => watching.observe({ ...healthy, ...change }).map(({ warning }) => warning));
}

const times = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const scored = (min: number, max = min): Partial<Observation> => ({ rewards: { task: { scored: 8, min, max } } });
const unscored: Partial<Observation> = { rewards: { task: { scored: 0 } } };

describe('the guards', () => {
  it('are silent while all is well', () => {
    expect(watch(times(20, {}))).toEqual(times(20, []));
  });

  it.each<[GrpoWarning, Partial<Observation>]>([
    ['kl-explodes', { kl: 11 }],
    ['gradient-not-finite', { skippedUpdates: 1 }],
    ['rollout-mismatch', { mismatch: 1.5 }],
  ])('tell %s at once', (warning, seen) => {
    expect(watch([{}, seen, seen, {}, seen])).toEqual([[], [warning], [], [], [warning]]);
  });

  it.each<[GrpoWarning, Partial<Observation>]>([
    ['format-rate-zero', { format: 0 }],
    ['entropy-collapse', { entropy: 0.001 }],
    ['length-collapse', { lengthTokens: 3 }],
    ['constant-reward', scored(0.5)],
    ['constant-reward', unscored],
  ])('tell %s after a window of steps in a row, once until it clears', (warning, seen) => {
    // Of format-collapse too, where the format rate is the matter.
    const of = (steps: readonly Partial<Observation>[]): boolean[] =>
      watch(steps).map((warnings) => warnings.includes(warning));
    expect(of([seen, seen, {}, seen, seen, seen, seen, {}, seen, seen, seen])).toEqual(
      [...times(5, false), true, ...times(4, false), true], // the third in a row, each time
    );
  });

  it('take a reward for constant only where it is so over the whole window', () => {
    expect(watch([scored(0), scored(1), scored(0), scored(1)])).toEqual(times(4, []));
    expect(watch([scored(0, 1), scored(1), scored(1), scored(1)])).toEqual([[], [], [], ['constant-reward']]);
    expect(watch([unscored, scored(1), scored(1), scored(1)])).toEqual([[], [], [], ['constant-reward']]);
  });

  it('name the reward, and what it is', () => {
    const watching = new Guards(config({ window: 1 }), ['task', 'iou']);
    const rewards = { task: { scored: 8, min: 0.5, max: 0.5 }, iou: { scored: 0 } };
    expect(watching.observe({ ...healthy, rewards }).map(({ message }) => message)).toEqual([
      'the reward task has been 0.5 for every rollout of the last 1 steps',
      'the reward iou has scored no rollout of the last 1 steps',
    ]);
  });

  it('pass over what a step could not measure', () => {
    const low = { entropy: 0 };
    const { entropy: _entropy, kl: _kl, mismatch: _mismatch, ...blank } = healthy;
    const watching = guards();
    expect(watching.observe({ ...healthy, ...low })).toEqual([]);
    expect(watching.observe(blank)).toEqual([]);
    expect(watching.observe({ ...healthy, ...low })).toEqual([]);
    expect(watching.observe({ ...healthy, ...low })).toMatchObject([{ warning: 'entropy-collapse' }]);
  });

  it('hold the format rate against the best of the run', () => {
    const rates = (...values: number[]): Partial<Observation>[] => values.map((format) => ({ format }));
    // A low rate at the beginning is no collapse, and neither is a single bad step.
    expect(watch(rates(0.1, 0.1, 0.1, 0.1))).toEqual(times(4, []));
    expect(watch(rates(0.9, 0.9, 0.9, 0, 0.9, 0.9))).toEqual(times(6, []));
    expect(watch(rates(0.9, 0.9, 0.9, 0.4, 0.4, 0.4, 0.4))).toEqual([...times(5, []), ['format-collapse'], []]);
  });

  it('end the run where they are told to', () => {
    const watching = guards({ stopOn: ['kl-explodes'] });
    const warnings = watching.observe({ ...healthy, kl: 99, mismatch: 9 });
    expect(warnings.map(({ warning, stops }) => [warning, stops])).toEqual([
      ['kl-explodes', true],
      ['rollout-mismatch', false],
    ]);
  });

  it('go on from their state as if nothing had been between', () => {
    const steps = [
      scored(1),
      scored(1),
      { format: 0 },
      scored(1),
      { kl: 11 },
      { kl: 11 },
      { format: 0 },
      { format: 0 },
    ];
    const uninterrupted = watch([...steps, ...steps]);
    for (let cut = 0; cut < 2 * steps.length; cut++) {
      const first = guards();
      const before = watch([...steps, ...steps].slice(0, cut), first);
      const second = guards();
      second.restore(JSON.parse(JSON.stringify(first.state)) as GuardState);
      expect([...before, ...watch([...steps, ...steps].slice(cut), second)]).toEqual(uninterrupted);
    }
  });
});
