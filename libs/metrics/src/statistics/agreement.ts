import { Sum } from './sum';

/** Values that several observers, or one of them several times, gave to one thing. Those who gave none are left out. */
export type Ratings = readonly number[];

export interface PairAgreement {
  /** Pairs of values of one unit. */
  pairs: number;
  /** Mean of |a − b|, in units of the values; null without pairs. */
  meanAbsoluteDifference: number | null;
  /** Pairs of equal values. */
  equal: number;
}

/** How far values of one unit are apart, over all pairs of them. @param units finite numbers */
export function pairAgreement(units: Iterable<Ratings>): PairAgreement {
  const distance = new Sum();
  let [pairs, equal] = [0, 0];
  for (const ratings of units) {
    for (const [i, a] of ratings.entries()) {
      for (const b of ratings.slice(i + 1)) {
        pairs += 1;
        if (a === b) equal += 1;
        distance.add(Math.abs(a - b));
      }
    }
  }
  return { pairs, meanAbsoluteDifference: pairs === 0 ? null : distance.value / pairs, equal };
}

/**
 * Krippendorff's alpha for interval data: 1 − D_o / D_e, where
 *
 *   D_o = 1/n Σ_u 1/(m_u − 1) Σ_{i≠j} (v_ui − v_uj)²   within units
 *   D_e = 1/(n(n − 1)) Σ_{i≠j} (v_i − v_j)²            among all values
 *
 * over units with m_u ≥ 2 values, n values in all; values that are missing need no filling in. 1: values of a unit are
 * equal. 0: they are as far apart as those of different units. Below 0: further.
 *
 * @param units finite numbers
 * @returns null where all values are equal, or fewer than two units could be compared at all: nothing is to be told apart
 */
export function intervalAlpha(units: Iterable<Ratings>): number | null {
  const compared = [...units].filter((ratings) => ratings.length > 1);
  const all = compared.flat();
  if (compared.length < 2 || all.every((value) => value === all[0])) return null;
  // Σ_{i≠j} (v_i − v_j)² of m values is 2 m Σ (v − mean)²: no pairs to go through.
  const within = new Sum();
  for (const ratings of compared) {
    within.add((ratings.length * squaredDeviation(ratings)) / (ratings.length - 1));
  }
  const observed = within.value / all.length;
  const expected = squaredDeviation(all) / (all.length - 1);
  return 1 - observed / expected;
}

/** Σ (v − mean)² */
function squaredDeviation(values: Ratings): number {
  const total = new Sum();
  for (const value of values) total.add(value);
  const mean = total.value / values.length;
  const squares = new Sum();
  for (const value of values) squares.add((value - mean) ** 2);
  return squares.value;
}
