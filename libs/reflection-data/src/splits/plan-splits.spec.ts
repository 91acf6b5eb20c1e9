import { createHash } from 'node:crypto';
import { REFLECT_SPLITS, type ReflectSplit, type SplitRule } from '@srvau/contracts';
import fc from 'fast-check';
import { DEFAULT_SPLIT_RULE, planSplits, splitOfName } from './plan-splits';

const byHash: SplitRule = { ...DEFAULT_SPLIT_RULE, by: 'hash' };
const row = (
  video: string,
  split: 'train' | 'val' | 'test' | 'unknown' = 'unknown',
  videoKey: string | null = null,
) => ({
  ...{ video, split, videoKey },
});

const rows = fc.array(
  fc.record({
    video: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'g'),
    videoKey: fc.option(fc.constantFrom('k1', 'k2', 'k3', 'k4'), { nil: null }),
    split: fc.constantFrom('train', 'val', 'test', 'unknown'),
  }),
  { maxLength: 30 },
);
const rules = fc
  .record({
    by: fc.constantFrom('rows', 'hash'),
    cuts: fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })),
    salt: fc.string(),
  })
  .map(({ by, cuts, salt }): SplitRule => {
    const [first = 0, second = 0] = [...cuts].sort((a, b) => a - b);
    return { by, salt, shares: { train: first, val: second - first, test: 1 - second } };
  });

describe('planSplits', () => {
  it('puts no video in two splits, whatever its names', () => {
    fc.assert(
      fc.property(rows, rules, (given, rule) => {
        const splitOf = planSplits(given, rule);
        const byVideo = new Map<string, ReflectSplit>();
        for (const { video, videoKey } of given) {
          for (const identity of [`name ${video}`, ...(videoKey === null ? [] : [`key ${videoKey}`])]) {
            const split = splitOf(video);
            expect(byVideo.get(identity) ?? split).toBe(split);
            byVideo.set(identity, split);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  it('does not depend on the order of the rows', () => {
    fc.assert(
      fc.property(rows, rules, (given, rule) => {
        const [there, back] = [planSplits(given, rule), planSplits([...given].reverse(), rule)];
        for (const { video } of given) expect(back(video)).toBe(there(video));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps the split of the rows, the most held out where they differ', () => {
    const splitOf = planSplits(
      [row('a', 'train'), row('b', 'val'), row('b', 'train'), row('c', 'test')],
      DEFAULT_SPLIT_RULE,
    );
    expect(['a', 'b', 'c'].map(splitOf)).toEqual(['train', 'val', 'test']);
    const copies = planSplits([row('a', 'train', 'k'), row('copy of a', 'test', 'k')], DEFAULT_SPLIT_RULE);
    expect(copies('a')).toBe('test');
  });

  it('goes by the hash of the name alone where the rows say nothing, or are not asked', () => {
    const names = Array.from({ length: 50 }, (_, i) => `v${i}.mp4`);
    const unknown = planSplits(
      names.map((name) => row(name)),
      DEFAULT_SPLIT_RULE,
    );
    const asked = planSplits(
      names.map((name) => row(name, 'test')),
      byHash,
    );
    for (const name of names) {
      expect(unknown(name)).toBe(splitOfName(name, byHash));
      expect(asked(name)).toBe(splitOfName(name, byHash));
    }
    expect(unknown('of no row.mp4')).toBe(splitOfName('of no row.mp4', byHash));
  });

  it('deals out by the shares', () => {
    const counts: Record<ReflectSplit, number> = { train: 0, val: 0, test: 0 };
    for (let i = 0; i < 10_000; i += 1) counts[splitOfName(`video ${i}`, byHash)] += 1;
    expect(counts.train).toBeGreaterThan(7_850);
    expect(counts.train).toBeLessThan(8_150);
    for (const split of ['val', 'test'] as const) expect(Math.abs(counts[split] - 1_000)).toBeLessThan(120);
  });

  it('gives nothing to a split without a share, and changes with the salt alone', () => {
    const none = { salt: '', shares: { train: 0.5, val: 0, test: 0.5 } };
    const names = Array.from({ length: 300 }, (_, i) => createHash('md5').update(String(i)).digest('hex'));
    expect(new Set(names.map((name) => splitOfName(name, none)))).toEqual(new Set(['train', 'test']));
    const dealt = (salt: string): string => names.map((name) => splitOfName(name, { ...none, salt })).join();
    expect(dealt('x')).toBe(dealt('x'));
    expect(dealt('x')).not.toBe(dealt('y'));
    for (const split of REFLECT_SPLITS) {
      const all = { train: 0, val: 0, test: 0, [split]: 1 };
      expect(splitOfName('a', { salt: '', shares: all })).toBe(split);
    }
  });

  it.each([
    [{ train: 0.8, val: 0.1, test: 0.2 }],
    [{ train: 1.5, val: -0.5, test: 0 }],
    [{ train: NaN, val: 0.5, test: 0.5 }],
  ])('refuses the shares %j', (shares) => {
    expect(() => planSplits([], { ...byHash, shares })).toThrow(/split shares: expected three shares .* add up to 1/);
  });
});
