import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { intervalAlpha, pairAgreement } from './agreement';

/** See tools/oracle/agreement.py. */
interface Reference {
  publishedAlpha: number;
  cases: {
    units: number[][];
    alpha: number | null;
    pairs: number;
    equal: number;
    meanAbsoluteDifference: number | null;
  }[];
}

const path = join(__dirname, '../../../../tests/reference/agreement.json');
const { cases, publishedAlpha } = JSON.parse(readFileSync(path, 'utf8')) as Reference;

describe.each(cases)('ratings of case %#', ({ units, alpha, pairs, equal, meanAbsoluteDifference }) => {
  it('agree as far as the coincidences of values say', () => {
    if (alpha === null) expect(intervalAlpha(units)).toBeNull();
    else expect(intervalAlpha(units)).toBeCloseTo(alpha, 11);
  });

  it('are as far apart as all their pairs', () => {
    const found = pairAgreement(units);
    expect(found).toMatchObject({ pairs, equal });
    if (meanAbsoluteDifference === null) expect(found.meanAbsoluteDifference).toBeNull();
    else expect(found.meanAbsoluteDifference).toBeCloseTo(meanAbsoluteDifference, 11);
  });
});

it("Krippendorff's own example", () => {
  expect(intervalAlpha(cases[0]?.units ?? [])).toBeCloseTo(publishedAlpha, 3);
});

const anyUnits = fc.array(fc.array(fc.integer({ min: 0, max: 10 }), { maxLength: 5 }), { maxLength: 20 });

test('property: at most 1, and 1 only where every pair is equal', () => {
  fc.assert(
    fc.property(anyUnits, (units) => {
      const alpha = intervalAlpha(units);
      const { pairs, equal } = pairAgreement(units);
      if (alpha !== null) expect(alpha === 1).toBe(pairs === equal);
      expect(alpha ?? 0).toBeLessThanOrEqual(1);
    }),
    { seed: 2 },
  );
});

test('property: neither the order of ratings nor where their zero is changes anything', () => {
  fc.assert(
    fc.property(anyUnits, fc.integer({ min: -1000, max: 1000 }), (units, shift) => {
      const moved = units.toReversed().map((ratings) => ratings.toReversed().map((rating) => rating + shift));
      const [alpha, other] = [intervalAlpha(units), intervalAlpha(moved)];
      expect(other === null).toBe(alpha === null);
      expect(other ?? 0).toBeCloseTo(alpha ?? 0, 9);
      expect(pairAgreement(moved)).toEqual(pairAgreement(units));
    }),
    { seed: 3 },
  );
});
