import { erfc, logFactorial } from './special-functions';

export interface McNemar {
  /** Rows that only the first model has right, and only the second. Rows on which both agree say nothing. */
  onlyFirst: number;
  onlySecond: number;
  /** Two-sided p of the exact test. */
  exactP: number;
  /** (|b − c| − 1)² / (b + c), not below 0: with Edwards' continuity correction. */
  chiSquared: number;
  /** Two-sided p of `chiSquared`, one degree of freedom. */
  chiSquaredP: number;
}

/**
 * McNemar's test of two models on the same rows: whether one is right more often than chance lets it.
 *
 * Exact: if neither is better, each of the n = b + c rows on which they differ falls to either side as a coin does;
 * p = min(1, 2 · P(X ≤ min(b, c))), X binomial with n and ½. Without such rows p is 1.
 *
 * @param first, second for each row whether the model is right: 1, or 0
 * @throws RangeError where they differ in length
 */
export function mcNemar(first: ArrayLike<number>, second: ArrayLike<number>): McNemar {
  if (first.length !== second.length) {
    throw new RangeError(`expected as many rows of both models, received ${first.length} and ${second.length}`);
  }
  let onlyFirst = 0;
  let onlySecond = 0;
  for (let i = 0; i < first.length; i += 1) {
    if (first[i] === second[i]) continue;
    if (first[i] === 1) onlyFirst += 1;
    else onlySecond += 1;
  }
  return mcNemarOfCounts(onlyFirst, onlySecond);
}

/** The same of the two counts alone. */
export function mcNemarOfCounts(onlyFirst: number, onlySecond: number): McNemar {
  const differing = onlyFirst + onlySecond;
  const excess = Math.max(0, Math.abs(onlyFirst - onlySecond) - 1);
  const chiSquared = differing === 0 ? 0 : (excess * excess) / differing;
  return {
    onlyFirst,
    onlySecond,
    exactP: exactP(Math.min(onlyFirst, onlySecond), differing),
    chiSquared,
    chiSquaredP: erfc(Math.sqrt(chiSquared / 2)),
  };
}

function exactP(fewer: number, differing: number): number {
  // From the largest term down: what is too small to count ends the sum.
  const logTerm =
    logFactorial(differing) - logFactorial(fewer) - logFactorial(differing - fewer) - differing * Math.LN2;
  let ratio = 1;
  let sum = 1;
  for (let k = fewer; k > 0 && ratio > 1e-18; k -= 1) {
    ratio *= k / (differing - k + 1);
    sum += ratio;
  }
  return Math.min(1, 2 * sum * Math.exp(logTerm));
}
