import type { Series } from './series';

/** Of each stretch: its first and last point, its lowest and its highest. */
const PER_BUCKET = 4;

/**
 * At most about `points` points with the same picture: the steps are cut into equal stretches, and of each the first, lowest,
 * highest and last point stay, so that no spike is lost. A value that is not finite stays too, one a stretch: it is a gap.
 */
export function downsampled(series: Series, points: number): Series {
  const { steps, values } = series;
  const size = values.length;
  const buckets = Math.max(1, Math.floor(points / PER_BUCKET));
  if (size <= buckets * PER_BUCKET) return series;
  const kept: number[] = [];
  const from = steps[0] ?? 0;
  const width = ((steps[size - 1] ?? 0) - from) / buckets;
  let start = 0;
  for (let bucket = 0; bucket < buckets; bucket += 1) {
    let end = start;
    const limit = bucket === buckets - 1 ? Infinity : from + (bucket + 1) * width;
    while (end < size && (steps[end] ?? 0) < limit) end += 1;
    kept.push(...telling(values, start, end));
    start = end;
  }
  return {
    ...series,
    steps: Float64Array.from(kept, (i) => steps[i] ?? 0),
    values: Float64Array.from(kept, (i) => values[i] ?? 0),
  };
}

/** Indices of the points from `start` to before `end` that a picture needs, ascending. */
function telling(values: Float64Array, start: number, end: number): number[] {
  if (end <= start) return [];
  const chosen = new Set([start, end - 1]);
  let low = -1;
  let high = -1;
  let gap = -1;
  for (let i = start; i < end; i += 1) {
    const value = values[i] ?? NaN;
    if (!Number.isFinite(value)) {
      if (gap < 0) gap = i;
      continue;
    }
    if (low < 0 || value < (values[low] ?? NaN)) low = i;
    if (high < 0 || value > (values[high] ?? NaN)) high = i;
  }
  for (const i of [low, high, gap]) if (i >= 0) chosen.add(i);
  return [...chosen].sort((a, b) => a - b);
}
