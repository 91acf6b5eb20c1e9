import type { SftStats } from '@srvau/native';
import type { SumOverRanks } from '../rank/sum-over-ranks';

const NAMES = ['lossSum', 'weightSum', 'tokens', 'entropySum', 'leftOut'] as const;

/** What the parts of a batch add up to. */
export type Sums = { -readonly [Name in (typeof NAMES)[number]]: number };

export const noSums = (): Sums => ({ lossSum: 0, weightSum: 0, tokens: 0, entropySum: 0, leftOut: 0 });

export function addStats(sums: Sums, { lossSum, weightSum, tokens, entropySum }: SftStats): void {
  sums.lossSum += lossSum;
  sums.weightSum += weightSum;
  sums.tokens += tokens;
  sums.entropySum += entropySum;
}

/** Over all ranks. */
export async function sumsOfAll(sums: Sums, sum: SumOverRanks): Promise<Sums> {
  const values = await sum(Float64Array.from(NAMES, (name) => sums[name]));
  return Object.fromEntries(NAMES.map((name, i) => [name, values[i] ?? NaN])) as Sums;
}
