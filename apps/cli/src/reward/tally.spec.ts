import { abstain, scored } from '@srvau/reward-sdk';
import { Summary, Tally } from './tally';

describe('Summary', () => {
  it('has mean and Bessel-corrected deviation, also far from zero', () => {
    const summary = new Summary();
    for (const value of [1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]) summary.add(value);
    expect(summary).toMatchObject({ count: 4, mean: 1e9 + 10, min: 1e9 + 4, max: 1e9 + 16 });
    expect(summary.std).toBeCloseTo(Math.sqrt(30), 9);
  });

  it('knows nothing of what it has not seen', () => {
    const summary = new Summary();
    expect([summary.mean, summary.std]).toEqual([NaN, NaN]);
    summary.add(3);
    expect([summary.mean, summary.std]).toEqual([3, NaN]);
  });
});

describe('Tally', () => {
  it('counts kinds apart: an abstention and a failure are no zeros', () => {
    const tally = new Tally();
    tally.add([
      scored(1, { a: 0.5 }),
      scored(0),
      abstain('no label'),
      abstain('no label'),
      { kind: 'failed', error: 'x@1: no' },
    ]);
    expect(tally).toMatchObject({ rows: 5, abstained: 2, failed: 1, firstError: 'x@1: no' });
    expect(tally.values).toMatchObject({ count: 2, mean: 0.5 });
    expect(tally.parts.get('a')).toMatchObject({ count: 1, mean: 0.5 });
    expect([...tally.reasons]).toEqual([['no label', 2]]);
  });

  it('keeps a bounded number of reasons', () => {
    const tally = new Tally();
    tally.add(Array.from({ length: 1000 }, (_, i) => abstain(`reason ${i}`)));
    expect(tally.reasons.size).toBe(21);
    expect(tally.reasons.get('other reasons')).toBe(980);
  });
});
