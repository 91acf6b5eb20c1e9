import type { TransitionCounts } from '@srvau/contracts';

/** Counts of none. */
export function noTransitions(): TransitionCounts {
  return { correctToCorrect: 0, wrongToCorrect: 0, wrongToWrong: 0, correctToWrong: 0, total: 0 };
}

/** Counts one row: what thinking again made of the first answer (C→C, W→C, W→W, C→W). */
export function addTransition(counts: TransitionCounts, first: boolean, final: boolean): void {
  counts.total += 1;
  if (first) counts[final ? 'correctToCorrect' : 'correctToWrong'] += 1;
  else counts[final ? 'wrongToCorrect' : 'wrongToWrong'] += 1;
}
