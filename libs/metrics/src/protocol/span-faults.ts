import type { ReadAnswer } from './read-answers';

/** Containers round durations; a frame or two beyond the end is no fault of the model. */
const TOLERANCE_SEC = 0.1;

/**
 * What is odd about a span that can be read. It is scored as it stands: reversed it overlaps nothing, and what lies beyond the
 * video makes the union larger.
 */
export function spanFaultOf({ verdict, span }: ReadAnswer, durationSec: number | undefined): string | undefined {
  if (span === undefined || verdict === 'normal') return undefined;
  const { startSec, endSec } = span;
  if (startSec > endSec) return 'reversed-span';
  if (startSec === endSec) return 'empty-span';
  if (startSec < 0 || (durationSec !== undefined && endSec > durationSec + TOLERANCE_SEC)) return 'span-beyond-video';
  return undefined;
}
