import type { SumOverRanks } from '../../rank/sum-over-ranks';
import type { Update } from './update-policy';

/** Of all updates of a step, over all ranks. What nothing was measured for is absent. */
export interface UpdateSummary {
  /** Mean over the updates. */
  readonly loss?: number;
  /** Mean over those that were made. */
  readonly gradNorm?: number;
  readonly skipped: number;
  /** Means over tokens, of the ratio over what it was taken of. */
  readonly kl?: number;
  readonly entropy?: number;
  readonly ratio?: number;
  readonly clipLow?: number;
  readonly clipHigh?: number;
  /** In the first update, before which nothing has changed since the rollouts were sampled. */
  readonly mismatch?: number;
}

/** What each rank knows, together; the same on all of them. */
export async function shareUpdates(
  updates: readonly Update[],
  { rank, worldSize }: { readonly rank: number; readonly worldSize: number },
  sumOverRanks: SumOverRanks,
): Promise<UpdateSummary> {
  if (updates.length === 0) return { skipped: 0 };
  const mismatches = new Array<number>(worldSize).fill(0);
  const first = updates[0]?.stats;
  if (first !== undefined && first.tokens > 0) mismatches[rank] = first.maxLogRatio;
  const own = updates.map(({ stats }) => stats);
  const sums = [
    sumOf(own, ({ loss }) => loss),
    sumOf(own, ({ tokens }) => tokens),
    sumOf(own, ({ ratios }) => ratios),
    sumOf(own, ({ klSum }) => klSum),
    sumOf(own, ({ entropySum }) => entropySum),
    sumOf(own, ({ ratioSum }) => ratioSum),
    sumOf(own, ({ clippedLow }) => clippedLow),
    sumOf(own, ({ clippedHigh }) => clippedHigh),
  ];
  const all = await sumOverRanks(Float64Array.from([...sums, ...mismatches]));
  const [loss = 0, tokens = 0, ratios = 0, kl = 0, entropy = 0, ratio = 0, low = 0, high = 0] = all;
  const made = updates.filter(({ skipped }) => !skipped);
  return {
    loss: loss / updates.length,
    ...(made.length === 0 ? {} : { gradNorm: sumOf(made, ({ gradNorm }) => gradNorm) / made.length }),
    skipped: updates.length - made.length,
    ...(tokens === 0
      ? {}
      : { kl: kl / tokens, entropy: entropy / tokens, mismatch: Math.max(...all.slice(sums.length)) }),
    ...(ratios === 0 ? {} : { ratio: ratio / ratios, clipLow: low / ratios, clipHigh: high / ratios }),
  };
}

const sumOf = <T>(items: readonly T[], value: (item: T) => number): number =>
  items.reduce((sum, item) => sum + value(item), 0);
