import type { Random } from './random';
import { logFactorial } from './special-functions';

/** Below it inversion takes fewer steps than the set-up of the rejection method costs. */
const MIN_MEAN_FOR_REJECTION = 10;

/**
 * One draw of how many of `trials` succeed when each does with probability `p`. Exact in distribution: inversion where few
 * succeed, else Hörmann's transformed rejection (BTRS, 1993), whose time does not grow with `trials`.
 *
 * @returns a whole number from 0 to `trials`
 */
export function drawBinomial(random: Random, trials: number, p: number): number {
  if (trials === 0 || p <= 0) return 0;
  if (p >= 1) return trials;
  if (p > 0.5) return trials - drawBinomial(random, trials, 1 - p);
  return trials * p < MIN_MEAN_FOR_REJECTION ? byInversion(random, trials, p) : byRejection(random, trials, p);
}

function byInversion(random: Random, trials: number, p: number): number {
  const odds = p / (1 - p);
  for (;;) {
    let left = random.uniform();
    // P(0), by logarithm: (1 − p)^trials of a million trials.
    let probability = Math.exp(trials * Math.log1p(-p));
    for (let k = 0; k <= trials; k += 1) {
      if (left <= probability) return k;
      left -= probability;
      probability *= (odds * (trials - k)) / (k + 1);
    }
    // Rounding has left a rest of less than 1e-12 beyond the last one: draw anew.
  }
}

function byRejection(random: Random, trials: number, p: number): number {
  const deviation = Math.sqrt(trials * p * (1 - p));
  const b = 1.15 + 2.53 * deviation;
  const a = -0.0873 + 0.0248 * b + 0.01 * p;
  const centre = trials * p + 0.5;
  const squeeze = 0.92 - 4.2 / b;
  const alpha = (2.83 + 5.1 / b) * deviation;
  const mode = Math.floor((trials + 1) * p);
  const logOdds = Math.log(p / (1 - p));
  const atMode = logFactorial(mode) + logFactorial(trials - mode);
  for (;;) {
    const u = random.uniform() - 0.5;
    const v = random.uniform();
    const margin = 0.5 - Math.abs(u);
    const k = Math.floor(((2 * a) / margin + b) * u + centre);
    if (margin >= 0.07 && v <= squeeze) return k;
    if (k < 0 || k > trials) continue;
    const threshold = Math.log((v * alpha) / (a / (margin * margin) + b));
    // ln P(k) − ln P(mode)
    if (threshold <= atMode - logFactorial(k) - logFactorial(trials - k) + (k - mode) * logOdds) return k;
  }
}
