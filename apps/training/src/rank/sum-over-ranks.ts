import { nativeCall } from '@srvau/models';
import type { ProcessGroup } from '@srvau/native';

/** Sums vectors over all ranks, element by element; the identity where there is one. All ranks call it with as many values. */
export type SumOverRanks = (values: Float64Array) => Promise<Float64Array>;

/** @param signal ends the wait for other ranks, and with it the group */
export function sumOverRanks({
  group,
  signal,
}: {
  readonly group?: ProcessGroup | undefined;
  readonly signal: AbortSignal;
}): SumOverRanks {
  return async (values) => (group === undefined ? values : nativeCall(group.reduce(values, { signal })));
}
