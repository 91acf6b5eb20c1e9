import fc from 'fast-check';
import type { GrpoStats } from '@srvau/native';
import { cutEvenly } from './cut-evenly';
import { shareUpdates } from './share-update';
import type { Update } from './update-policy';

describe('cutEvenly', () => {
  it('keeps all, in order, in parts that differ by at most one', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 9 }), (items, parts) => {
        const cut = cutEvenly(items, parts);
        expect(cut).toHaveLength(parts);
        expect(cut.flat()).toEqual(items);
        const sizes = cut.map(({ length }) => length);
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      }),
      { seed: 5 },
    );
  });
});

describe('shareUpdates', () => {
  const stats = (change: Partial<GrpoStats>): GrpoStats => ({
    ...{ loss: 0.5, tokens: 10, ratios: 10, klSum: 1, entropySum: 20, ratioSum: 11 },
    ...{ clippedLow: 1, clippedHigh: 2, maxLogRatio: 0.25 },
    ...change,
  });
  const update = (change: Partial<GrpoStats> = {}, rest: Partial<Update> = {}): Update => ({
    ...{ learningRate: 1, gradNorm: 2, skipped: false, stats: stats(change) },
    ...rest,
  });
  const alone = { rank: 0, worldSize: 1 };
  const same = (values: Float64Array): Promise<Float64Array> => Promise.resolve(values);

  it('makes means of sums, and takes the mismatch from the first update', async () => {
    const updates = [update(), update({ loss: 1.5, tokens: 30, maxLogRatio: 9 })];
    expect(await shareUpdates(updates, alone, same)).toEqual({
      ...{ loss: 1, gradNorm: 2, skipped: 0, kl: 0.05, entropy: 1, mismatch: 0.25 },
      ...{ ratio: 1.1, clipLow: 0.1, clipHigh: 0.2 },
    });
  });

  it('leaves out what was not measured, and gradients that were not finite', async () => {
    expect(await shareUpdates([], alone, same)).toEqual({ skipped: 0 });
    const empty = stats({ tokens: 0, ratios: 0, klSum: 0, entropySum: 0, ratioSum: 0, maxLogRatio: NaN });
    const summary = await shareUpdates([{ ...update(), stats: empty, gradNorm: NaN, skipped: true }], alone, same);
    expect(summary).toEqual({ loss: 0.5, skipped: 1 });
  });

  it('takes the largest mismatch of all ranks', async () => {
    const given: Float64Array[] = [];
    const record = (values: Float64Array): Promise<Float64Array> => {
      given.push(values);
      return Promise.resolve(values);
    };
    await shareUpdates([update({ maxLogRatio: 3 })], { rank: 1, worldSize: 2 }, record);
    const [own = new Float64Array()] = given;
    const other = own.map((value, i) => (i === own.length - 2 ? 1 : i === own.length - 1 ? 0 : value));
    const both = (values: Float64Array): Promise<Float64Array> =>
      Promise.resolve(values.map((v, i) => v + (other[i] ?? 0)));
    expect(await shareUpdates([update({ maxLogRatio: 3 })], { rank: 1, worldSize: 2 }, both)).toMatchObject({
      ...{ loss: 1, kl: 0.1, mismatch: 3, ratio: 1.1 },
    });
  });
});
