import type { ReflectStop } from '@srvau/contracts';
import type { Budget } from './settings';
import type { Tally } from './work/tally';

/** The limit that is reached; null while there is room. */
export function exhausted(
  { maxRecords, maxTokens, maxCostUsd }: Budget,
  { records, usage }: Tally,
): ReflectStop | null {
  if (maxRecords !== null && records >= maxRecords) return 'max-records';
  if (maxTokens !== null && usage.promptTokens + usage.completionTokens >= maxTokens) return 'max-tokens';
  if (maxCostUsd !== null && (usage.costUsd ?? 0) >= maxCostUsd) return 'max-cost';
  return null;
}

/**
 * Whether a further shard may be begun. With `maxRecords` only as many items are out as records are missing, so that at
 * most a shard's worth is made in vain, and all that were begun are finished: the first records in the order of ids are then
 * the same however the work was dealt out.
 */
export function hasRoom(budget: Budget, tally: Tally, itemsOut: number): boolean {
  return budget.maxRecords === null || tally.records + itemsOut < budget.maxRecords;
}
