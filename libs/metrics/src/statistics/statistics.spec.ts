import fc from 'fast-check';
import { drawBinomial } from './binomial';
import { bootstrapDifference, bootstrapMean, percentile } from './bootstrap';
import { mcNemar } from './mcnemar';
import { Random } from './random';
import { logFactorial } from './special-functions';

const options = { resamples: 500, seed: 3 };
const scores = (max = 200): fc.Arbitrary<number[]> =>
  fc.array(fc.oneof(fc.constant(0), fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })), {
    minLength: 1,
    maxLength: max,
  });

describe('Random', () => {
  it('is the same for the same seed, and another for another', () => {
    const draw = (seed: number): number[] => {
      const random = new Random(seed);
      return Array.from({ length: 100 }, () => random.bits());
    };
    expect(draw(5)).toEqual(draw(5));
    expect(draw(5)).not.toEqual(draw(6));
    expect(new Set([...draw(0), ...draw(2 ** 32 - 1)]).size).toBe(200);
  });

  it('is even over its range', () => {
    const random = new Random(1);
    const [count, bins] = [100_000, 10];
    const hits = new Array<number>(bins).fill(0);
    let sum = 0;
    for (let i = 0; i < count; i += 1) {
      hits[random.below(bins)]! += 1;
      sum += random.uniform();
    }
    const chiSquared = hits.reduce((total, hit) => total + (hit - count / bins) ** 2 / (count / bins), 0);
    // 99.9th percentile of 9 degrees of freedom; the seed is fixed.
    expect(chiSquared).toBeLessThan(27.9);
    expect(sum / count).toBeCloseTo(0.5, 2);
  });
});

it('sumOfDraws draws as `below` does', () => {
  const values = Float64Array.from({ length: 37 }, (_, i) => 2 ** (i % 20));
  const [one, other] = [new Random(4), new Random(4)];
  let sum = 0;
  for (let i = 0; i < 500; i += 1) sum += values[one.below(values.length)] as number;
  expect(other.sumOfDraws(values, 500)).toBe(sum);
  expect(other.bits()).toBe(one.bits());
});

describe('drawBinomial', () => {
  it.each([
    ['few by inversion', 30, 0.1],
    ['a million, rarely', 1_000_000, 3e-6],
    ['by rejection', 100, 0.4],
    ['by rejection, mirrored', 251, 0.968],
    ['many', 10_000, 0.3],
  ])('%s: frequencies are those of the distribution', (_, trials, p) => {
    const random = new Random(11);
    const draws = 40_000;
    const hits = new Map<number, number>();
    for (let i = 0; i < draws; i += 1) {
      const k = drawBinomial(random, trials, p);
      hits.set(k, (hits.get(k) ?? 0) + 1);
    }
    expect([...hits.keys()].every((k) => Number.isInteger(k) && k >= 0 && k <= trials)).toBe(true);
    let [chiSquared, bins] = [0, 0];
    for (let k = 0; k <= trials && k < 10_000; k += 1) {
      const expected = draws * Math.exp(logProbability(trials, p, k));
      if (expected < 10) continue;
      chiSquared += ((hits.get(k) ?? 0) - expected) ** 2 / expected;
      bins += 1;
    }
    // Mean `bins`, variance 2 · bins: four standard deviations.
    expect(chiSquared).toBeLessThan(bins + 4 * Math.sqrt(2 * bins));
  });

  it('knows the ends', () => {
    const random = new Random(1);
    expect([drawBinomial(random, 0, 0.5), drawBinomial(random, 9, 0), drawBinomial(random, 9, 1)]).toEqual([0, 0, 9]);
  });
});

const logProbability = (n: number, p: number, k: number): number =>
  logFactorial(n) - logFactorial(k) - logFactorial(n - k) + k * Math.log(p) + (n - k) * Math.log1p(-p);

describe('bootstrapMean', () => {
  it('is within the values, the same for the same seed, and blind to order', () => {
    fc.assert(
      fc.property(scores(), fc.nat(), (values, seed) => {
        const found = bootstrapMean(Float64Array.from(values), { resamples: 50, seed });
        expect(found).toEqual(bootstrapMean(Float64Array.from(values.toReversed()), { resamples: 50, seed }));
        const { low = NaN, high = NaN } = found ?? {};
        expect(low).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(Math.min(...values) - 1e-12);
        expect(high).toBeLessThanOrEqual(Math.max(...values) + 1e-12);
      }),
      { numRuns: 200 },
    );
  });

  it('has no width where all are equal, and nothing to say of nothing', () => {
    expect(bootstrapMean(new Float64Array(300).fill(1), options)).toEqual({ low: 1, high: 1 });
    expect(bootstrapMean(new Float64Array(), options)).toBeUndefined();
  });

  it('counts and rows give the same distribution', () => {
    // A thousand equal values are drawn as a count; told apart by a hair, as rows.
    const counted = Float64Array.from({ length: 1000 }, (_, i) => (i < 600 ? 1 : 0));
    const single = counted.map((value, i) => value + i * 1e-12);
    const many = { resamples: 20_000, seed: 5 };
    const [a, b] = [bootstrapMean(counted, many), bootstrapMean(single, many)];
    expect(Math.abs((a?.low ?? NaN) - (b?.low ?? NaN))).toBeLessThan(0.002);
    expect(Math.abs((a?.high ?? NaN) - (b?.high ?? NaN))).toBeLessThan(0.002);
  });

  it.each([
    [10, 5, 0.2, 0.8],
    [20, 1, 0, 0.15],
    [251, 243, 237 / 251, 248 / 251],
  ])('of %d rows with %d right: the ends of the binomial distribution', (rows, right, low, high) => {
    const values = Float64Array.from({ length: rows }, (_, i) => (i < right ? 1 : 0));
    for (let seed = 0; seed < 20; seed += 1) {
      const found = bootstrapMean(values, { resamples: 10_000, seed });
      expect([found?.low, found?.high]).toEqual([low, high]);
    }
  });

  it('widens with the level', () => {
    const values = Float64Array.from({ length: 100 }, (_, i) => i / 100);
    const [narrow, wide] = [50, 99].map((level) => bootstrapMean(values, { ...options, level }));
    expect(wide?.low ?? NaN).toBeLessThan(narrow?.low ?? NaN);
    expect(wide?.high ?? NaN).toBeGreaterThan(narrow?.high ?? NaN);
  });
});

describe('bootstrapDifference', () => {
  it('pairs rows: a model that is better by the same everywhere is so in every resample', () => {
    const b = Float64Array.from({ length: 200 }, (_, i) => (i % 7) / 14);
    const a = b.map((score) => score + 0.25);
    expect(bootstrapDifference(a, b, options)).toEqual({ low: 0.25, high: 0.25 });
    expect(bootstrapDifference(a, a, options)).toEqual({ low: 0, high: 0 });
  });

  it('changes sign when the models change places', () => {
    fc.assert(
      fc.property(scores(60), (values) => {
        const [a, b] = [Float64Array.from(values), Float64Array.from(values.toReversed())];
        const [there, back] = [bootstrapDifference(a, b, options), bootstrapDifference(b, a, options)];
        // The same seed meets the values in another order, so the ends agree within their noise alone.
        const width = (there?.high ?? NaN) - (there?.low ?? NaN);
        expect(Math.abs((there?.low ?? NaN) + (back?.high ?? NaN))).toBeLessThanOrEqual(0.3 * width + 1e-12);
      }),
      { numRuns: 50, seed: 1 },
    );
  });

  it('refuses rows that do not pair', () => {
    expect(() => bootstrapDifference(new Float64Array(2), new Float64Array(3), options)).toThrow(
      'expected as many scores of both models, received 2 and 3',
    );
  });
});

it('percentile interpolates between neighbours', () => {
  const sorted = Float64Array.from([0, 10, 20]);
  expect([0, 25, 50, 90, 100].map((percent) => percentile(sorted, percent))).toEqual([0, 5, 10, 18, 20]);
});

describe('mcNemar', () => {
  it('counts the rows on which the models differ', () => {
    expect(mcNemar([1, 1, 0, 0, 1], [1, 0, 1, 0, 0])).toMatchObject({ onlyFirst: 2, onlySecond: 1, exactP: 1 });
    expect(() => mcNemar([1], [])).toThrow('expected as many rows of both models, received 1 and 0');
  });

  it('is the same when the models change places, within [0, 1], and 1 for equal models', () => {
    const bit = fc.constantFrom(0, 1);
    fc.assert(
      fc.property(fc.array(fc.tuple(bit, bit), { maxLength: 300 }), (rows) => {
        const [a, b] = [rows.map(([first]) => first), rows.map(([, second]) => second)];
        const { exactP, chiSquaredP, chiSquared } = mcNemar(a, b);
        expect(mcNemar(b, a)).toMatchObject({ exactP, chiSquaredP, chiSquared });
        for (const p of [exactP, chiSquaredP]) expect(p > 0 && p <= 1).toBe(true);
        expect(mcNemar(a, a)).toMatchObject({ exactP: 1, chiSquared: 0, chiSquaredP: 1 });
      }),
    );
  });
});
