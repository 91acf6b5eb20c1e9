import type { OptimizerConfig } from '@srvau/contracts';
import { learningRateMultiplier } from '@srvau/native';

/** @param step optimizer steps done before this one, from 0 */
export function learningRateAt(optimizer: OptimizerConfig, step: number, totalSteps: number): number {
  const { learningRate, schedule: kind, warmupSteps, warmupRatio, minRatio } = optimizer;
  return learningRate * learningRateMultiplier({ kind, totalSteps, warmupSteps, warmupRatio, minRatio }, step);
}
