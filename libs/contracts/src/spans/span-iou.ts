/** A stretch of video in seconds. Nothing is promised about order, sign or finiteness: a model may write anything. */
export interface TimeSpan {
  readonly startSec: number;
  readonly endSec: number;
}

/** In seconds; 0 for a span that covers nothing: its end is not after its start, or an end of it is no finite number. */
export function spanLengthSec({ startSec, endSec }: TimeSpan): number {
  return Number.isFinite(startSec) && Number.isFinite(endSec) && endSec > startSec ? endSec - startSec : 0;
}

/**
 * Intersection over union of two spans, in [0, 1]; the same when they change places.
 *
 * Two spans that cover nothing have no union, and 0 rather than 1 in common: an empty answer is not a perfect one.
 * Times before the start or after the end of the video count as they are written, so overshooting costs.
 */
export function spanIou(a: TimeSpan, b: TimeSpan): number {
  const lengthA = spanLengthSec(a);
  const lengthB = spanLengthSec(b);
  if (lengthA === 0 || lengthB === 0) return 0;
  const intersection = Math.min(a.endSec, b.endSec) - Math.max(a.startSec, b.startSec);
  if (intersection <= 0) return 0;
  // Of the two ways to the union this one cannot exceed the spans' hull by rounding, so equal spans give exactly 1.
  return intersection / (Math.max(a.endSec, b.endSec) - Math.min(a.startSec, b.startSec));
}
