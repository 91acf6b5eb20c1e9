import { nativeCall } from '@srvau/models';
import type { ProcessGroup, SftStats } from '@srvau/native';

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
export async function sumsOfAll(sums: Sums, group: ProcessGroup | undefined, signal: AbortSignal): Promise<Sums> {
  const values = await reduced(
    NAMES.map((name) => sums[name]),
    group,
    signal,
  );
  return Object.fromEntries(NAMES.map((name, i) => [name, values[i] ?? NaN])) as Sums;
}

/** Each value summed over all ranks; all of them call it. */
export async function reduced(
  values: readonly number[],
  group: ProcessGroup | undefined,
  signal: AbortSignal,
): Promise<readonly number[]> {
  return group === undefined ? values : Array.from(await nativeCall(group.reduce(values, { signal })));
}
