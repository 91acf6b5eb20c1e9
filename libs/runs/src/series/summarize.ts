import { directionOf } from './metric-names';
import type { Series } from './series';

export interface Point {
  readonly step: number;
  readonly value: number;
}

/** What a series comes to. Points are null where no value is finite. */
export interface SeriesSummary {
  readonly metric: string;
  readonly points: number;
  /** The newest value, also one that is not finite; null for a series of nothing. */
  readonly last: Point | null;
  readonly min: Point | null;
  readonly max: Point | null;
  /** The better end of the two; null where neither way is better. */
  readonly best: Point | null;
  /** Mean of the last tenth of the finite values, 1 to 100 of them: single steps of a policy are noisy. */
  readonly recent: number | null;
  readonly nonFinite: number;
}

const RECENT_SHARE = 0.1;
const MAX_RECENT = 100;

export function summarize({ name, steps, values }: Series): SeriesSummary {
  const points = values.length;
  let low = -1;
  let high = -1;
  let finite = 0;
  for (const [i, value] of values.entries()) {
    if (!Number.isFinite(value)) continue;
    finite += 1;
    if (low < 0 || value < (values[low] ?? NaN)) low = i;
    if (high < 0 || value > (values[high] ?? NaN)) high = i;
  }
  const pointAt = (i: number): Point | null =>
    i < 0 || i >= points ? null : { step: steps[i] ?? 0, value: values[i] ?? NaN };
  const direction = directionOf(name);
  return {
    metric: name,
    points,
    last: pointAt(points - 1),
    min: pointAt(low),
    max: pointAt(high),
    best: direction === undefined ? null : pointAt(direction === 'lower' ? low : high),
    recent: meanOfLast(values, Math.min(MAX_RECENT, Math.max(1, Math.round(finite * RECENT_SHARE)))),
    nonFinite: points - finite,
  };
}

function meanOfLast(values: Float64Array, count: number): number | null {
  let sum = 0;
  let taken = 0;
  for (let i = values.length - 1; i >= 0 && taken < count; i -= 1) {
    const value = values[i] ?? NaN;
    if (!Number.isFinite(value)) continue;
    sum += value;
    taken += 1;
  }
  return taken === 0 ? null : sum / taken;
}
