import { callNow } from './call';

export interface Schedule {
  /** How the rate goes on after the warm-up, in which it rises linearly from 0; `constant` by default. */
  readonly kind?: 'constant' | 'linear' | 'cosine';
  /** Optimizer steps of the whole run, warm-up included. Not looked at for a constant rate without warmupRatio. */
  readonly totalSteps?: number;
  readonly warmupSteps?: number;
  /** Where warmupSteps is 0: the warm-up as a part of totalSteps, rounded up; in [0, 1]. */
  readonly warmupRatio?: number;
  /** What the rate ends at, as a part of the full rate, in [0, 1]; not looked at for a constant rate. */
  readonly minRatio?: number;
}

/**
 * What the learning rate is to be multiplied with, in [0, 1]: the formulas of transformers' schedules with warm-up.
 *
 * @param step optimizer steps done before this one, from 0
 * @throws NativeError INVALID_ARGUMENT naming the field
 */
export function learningRateMultiplier(schedule: Schedule, step: number): number {
  return callNow(learningRateMultiplier, (native) => native.learningRateMultiplier(schedule, step));
}
