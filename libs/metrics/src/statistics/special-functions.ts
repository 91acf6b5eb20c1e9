/** Functions that JavaScript lacks, to about 1e-13 of their value. */

const LOG_2_PI_HALF = 0.9189385332046727;
/** ln k! of small k, where Stirling's series is short of digits. */
const SMALL_LOG_FACTORIALS = Array.from({ length: 32 }, (_, k) => {
  let product = 1;
  for (let i = 2; i <= k; i += 1) product *= i;
  return Math.log(product);
});

/** ln k! for whole k ≥ 0, by Stirling's series. */
export function logFactorial(k: number): number {
  const small = SMALL_LOG_FACTORIALS[k];
  if (small !== undefined) return small;
  return (k + 0.5) * Math.log(k) - k + LOG_2_PI_HALF + stirlingTail(k);
}

/** What is left of ln k! beyond Stirling's formula; k ≥ 10 for full accuracy. */
function stirlingTail(k: number): number {
  const inverse = 1 / k;
  const square = inverse * inverse;
  return inverse * (1 / 12 - square * (1 / 360 - square * (1 / 1260 - square / 1680)));
}

/** Complement of the error function, 2/√π ∫ₓ^∞ exp(−t²) dt, for x ≥ 0. */
export function erfc(x: number): number {
  return x < 2 ? 1 - erfBySeries(x) : erfcByFraction(x);
}

/** All terms are positive, so that nothing cancels. */
function erfBySeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * 1e-17; n += 1) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** Continued fraction, from its end; 120 terms are enough from 2 on. */
function erfcByFraction(x: number): number {
  let fraction = x;
  for (let k = 120; k >= 1; k -= 1) fraction = x + k / 2 / fraction;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / fraction;
}
