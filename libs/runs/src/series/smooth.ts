import { SrvauError } from '@srvau/contracts';
import type { Series } from './series';

/**
 * Exponential moving average with bias correction, as TensorBoard's slider: the average so far is divided by the sum of its
 * weights, so that the curve begins at its first value and not at 0.
 *
 * @param weight of what was before, 0 (the series itself) to below 1
 * @returns the same steps. A value that is not finite stays as it is and counts nowhere; so does a constant series, which
 *   rounding would ripple.
 * @throws SrvauError INVALID_REQUEST for another weight
 */
export function smoothed(series: Series, weight: number): Series {
  if (!(weight >= 0 && weight < 1)) {
    throw SrvauError.mismatch('INVALID_REQUEST', 'smooth', 'a number from 0 to below 1', String(weight));
  }
  const { values } = series;
  const first = values[0];
  if (weight === 0 || values.every((value) => value === first)) return series;
  let average = 0;
  let unweighted = 1;
  const out = values.map((value) => {
    if (!Number.isFinite(value)) return value;
    average = average * weight + (1 - weight) * value;
    unweighted *= weight;
    return average / (1 - unweighted);
  });
  return { ...series, values: out };
}
