import type { Point, SeriesSummary } from '@srvau/runs';

/** JSON has no NaN and no infinities; the run's own files spell them out, and so do we. */
export const valueJson = (value: number): number | string => (Number.isFinite(value) ? value : String(value));

const pointJson = (point: Point | null): unknown =>
  point === null ? null : { ...point, value: valueJson(point.value) };

export function summaryJson(summary: SeriesSummary): Record<string, unknown> {
  const { last, min, max, best } = summary;
  return { ...summary, last: pointJson(last), min: pointJson(min), max: pointJson(max), best: pointJson(best) };
}
