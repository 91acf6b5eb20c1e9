import { EpochOrder, partOf } from './epoch-order';
import { seededOrder } from './seeded-order';

const order = (items: number, batchSize: number, seed = 0): EpochOrder =>
  new EpochOrder({ seed, items, batchSize, field: 'config.batchSize' });
const batches = (from: EpochOrder, count: number): (readonly number[])[] =>
  Array.from({ length: count }, (_, k) => from.batch(k));

describe('seededOrder', () => {
  it('stays what it is', () => {
    expect([...seededOrder('srvau', 10)]).toEqual([1, 3, 8, 2, 7, 4, 6, 5, 9, 0]);
  });

  it('is a permutation, another for each key, and favours no place', () => {
    const seen = Array.from({ length: 6 }, () => new Array<number>(6).fill(0));
    for (let key = 0; key < 6000; key += 1) {
      const drawn = [...seededOrder(`key ${key}`, 6)];
      expect([...drawn].sort()).toEqual([0, 1, 2, 3, 4, 5]);
      for (const [place, item] of drawn.entries()) seen[place]![item]! += 1;
    }
    // Binomial with mean 1000 and deviation 29.
    for (const count of seen.flat()) expect(Math.abs(count - 1000)).toBeLessThan(150);
    expect(seededOrder('x', 0)).toHaveLength(0);
    expect([...seededOrder('x', 1)]).toEqual([0]);
  });
});

describe('EpochOrder', () => {
  it.each([1, 2, 3, 5, 8, 12])('of %i items repeats none within a batch or an epoch', (items) => {
    for (let batchSize = 1; batchSize <= items; batchSize += 1) {
      const all = batches(order(items, batchSize, 7), 3 * items);
      for (const batch of all) expect([batch.length, new Set(batch).size]).toEqual([batchSize, batchSize]);
      const flat = all.flat();
      for (let begin = 0; begin + items <= flat.length; begin += items) {
        expect(flat.slice(begin, begin + items).sort((a, b) => a - b)).toEqual([...Array(items).keys()]);
      }
    }
  });

  it('does not depend on what was asked for before', () => {
    const through = batches(order(7, 3), 40);
    for (const k of [39, 0, 12, 11, 3]) expect(order(7, 3).batch(k)).toEqual(through[k]);
    const jumping = order(7, 3);
    for (const k of [39, 0, 12, 11, 39]) expect(jumping.batch(k)).toEqual(through[k]);
  });

  it('differs between epochs and between seeds', () => {
    const [first, second] = batches(order(50, 50, 1), 2);
    expect(first).not.toEqual(second);
    expect(order(50, 50, 2).batch(0)).not.toEqual(first);
  });

  it('counts epochs', () => {
    expect(order(10, 4).batchesIn(1)).toBe(3);
    expect(order(10, 5).batchesIn(3)).toBe(6);
    expect(order(10, 4).epochsAfter(5)).toBe(2);
  });

  it('refuses a batch larger than all there is', () => {
    expect(() => order(3, 4)).toThrow(
      'config.batchSize: expected at most 3, which is as many as there are to train on',
    );
  });
});

describe('partOf', () => {
  it('deals a batch out, each item once', () => {
    const batch = [...Array(7).keys()];
    const parts = [0, 1, 2].map((rank) => partOf(batch, { rank, worldSize: 3 }));
    expect(parts).toEqual([
      [0, 3, 6],
      [1, 4],
      [2, 5],
    ]);
    expect(partOf(batch, { rank: 0, worldSize: 1 })).toEqual(batch);
  });
});
