import { GrpoConfig } from '@srvau/contracts';
import { resolveGrpo } from '@srvau/contracts';
import type { GroupFacts, Score } from './facts';
import { rewardMetrics, completionMetrics, componentScores } from './reward-metrics';
import { RewardRule } from './reward-rule';
import { chooseGroups } from '../step/choose-groups';
import { isDropped } from './failures';

const group = (...rows: readonly (readonly Score[])[]): GroupFacts =>
  rows.map((scores) => ({ scores, tokens: 10, truncated: false, wellFormed: true }));
const config = (reward: object = {}, rest: object = {}): GrpoConfig =>
  resolveGrpo({
    config: { reward: { components: [{ plugin: 'a', weight: 2 }, { plugin: 'b' }], ...reward }, ...rest },
  });
const rule = (...args: Parameters<typeof config>): RewardRule => new RewardRule(config(...args));

describe('the total of a rollout', () => {
  it.each<[string, readonly Score[], number | null]>([
    ['weighs its scores', [0.5, 1], 2],
    ['is without what abstained or failed', ['abstained', 1], 1],
    ['may be 0', [0, 'failed'], 0],
    ['is not there where nothing scored', ['abstained', 'failed'], null],
  ])('%s', (_, scores, total) => {
    expect(rule().totalOf(group(scores)[0] as GroupFacts[number])).toBe(total);
  });

  it('has the penalty for length, once a plugin has scored', () => {
    const long = rule({}, { overlong: { softTokens: 10, weight: 3 }, rollout: { maxNewTokens: 15 } });
    const [sample] = group([1, 0]);
    expect(long.totalOf({ ...(sample as GroupFacts[number]), tokens: 10 })).toBeCloseTo(2 - 1.5, 12);
    expect(long.totalOf({ ...(sample as GroupFacts[number]), scores: ['failed', 'failed'] })).toBeNull();
    expect(long.names).toEqual(['a', 'b', 'overlong_penalty']);
  });
});

describe('advantages', () => {
  it('compare within groups', () => {
    const [first, second] = rule({ aggregation: 'sum-then-normalize', scale: 'none' }).advantages([
      group([1, 0], [0, 0]),
      group([0, 1], [0, 3]),
    ]);
    expect(first).toEqual([1, -1]);
    expect(second).toEqual([-1, 1]);
  });

  it('tell groups that bring a gradient from those that do not, whatever the scale', () => {
    const groups = [
      group([1, 0], [0, 0]),
      group([1, 1], [1, 1]),
      group(['abstained', 'abstained'], ['failed', 'failed']),
    ];
    for (const scale of ['none', 'group', 'batch']) {
      for (const aggregation of ['normalize-then-sum', 'sum-then-normalize']) {
        expect(rule({ scale, aggregation }).varies(groups)).toEqual([true, false, false]);
      }
    }
    expect(rule().varies([])).toEqual([]);
  });
});

describe('chooseGroups', () => {
  const varying = group([1, 0], [0, 0]);
  const flat = group([1, 1], [1, 1]);
  const failed = group(['failed', 1], [0, 0]);
  const choose = (rounds: GroupFacts[][], rules: Partial<Parameters<typeof chooseGroups>[2]> = {}) =>
    chooseGroups(rounds, rule(), { onFailure: 'drop-group', most: 2, onlyVarying: false, ...rules });

  it('counts prompts without rollouts apart', () => {
    const choice = choose([
      [[], failed, flat],
      [[], varying],
    ]);
    expect(choice).toMatchObject({ dropped: 1, withoutVariance: 1, drawn: 3, leftOut: 2 });
    expect(choice.chosen.map(({ round, index }) => [round, index])).toEqual([
      [0, 2],
      [1, 1],
    ]);
  });

  it('takes all but those that are dropped', () => {
    expect(choose([[varying, failed, flat]])).toMatchObject({ dropped: 1, withoutVariance: 1, drawn: 3 });
    expect(choose([[varying, failed, flat]]).chosen.map(({ index }) => index)).toEqual([0, 2]);
    expect(choose([[varying, failed, flat]], { onFailure: 'abstain', most: 9 }).chosen).toHaveLength(3);
    expect(isDropped(failed, 'abort')).toBe(false);
  });

  it('fills a step from several rounds with what brings a gradient, in the order drawn', () => {
    const { chosen } = choose(
      [
        [flat, varying],
        [flat, flat],
        [varying, varying],
      ],
      { onlyVarying: true },
    );
    expect(chosen.map(({ round, index }) => [round, index])).toEqual([
      [0, 1],
      [2, 0],
    ]);
  });
});

describe('metrics of rewards', () => {
  it('are means and rates over all rollouts', () => {
    const groups = [group([1, 'abstained'], [0, 'failed']), group([1, 4], ['failed', 'failed'])];
    expect(rewardMetrics(groups, rule())).toEqual({
      'reward/total/mean': (2 + 0 + 6) / 3,
      'reward/total/std': expect.closeTo(3.0550504633, 9) as number,
      'reward/a/mean': 2 / 3,
      'reward/a/std': expect.closeTo(0.5773502692, 9) as number,
      ...{ 'reward/a/scored': 0.75, 'reward/a/abstained': 0, 'reward/a/failed': 0.25 },
      // One score has no deviation.
      'reward/b/mean': 4,
      ...{ 'reward/b/scored': 0.25, 'reward/b/abstained': 0.25, 'reward/b/failed': 0.5 },
    });
    expect(componentScores(groups, rule())).toEqual({
      a: { scored: 3, min: 0, max: 1 },
      b: { scored: 1, min: 4, max: 4 },
    });
  });

  it('say how long completions are, and of what form', () => {
    const [one, two] = group([0, 0], [0, 0]) as [GroupFacts[number], GroupFacts[number]];
    const mixed = [
      [
        { ...one, tokens: 30, truncated: true },
        { ...two, wellFormed: false },
      ],
    ];
    expect(completionMetrics(mixed)).toEqual({ 'length/mean': 20, 'length/max': 30, truncated: 0.5, format: 0.5 });
  });
});
