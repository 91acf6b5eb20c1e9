import { drawBinomial } from './binomial';
import { Random } from './random';
import { logFactorial } from './special-functions';

export interface BootstrapOptions {
  /** Samples that are drawn; at least 1. */
  resamples: number;
  /** Whole number from 0 to 2^32 − 1. */
  seed: number;
  /** Share of the samples inside of the interval, in percent; 95 without it. */
  level?: number;
}

export interface Interval {
  low: number;
  high: number;
}

/** Drawing how often a value comes costs as much as drawing so many rows. */
const ROWS_A_COUNT = 24;

/**
 * Percentile bootstrap interval of a mean.
 *
 * Each resample draws n of the n values with replacement and takes their mean; the interval runs from the (50 − level/2)-th
 * to the (50 + level/2)-th percentile of these means (linear between two, as numpy does by default). Unit: that of the values.
 *
 * Equal values are told apart by nothing, so where they are many only how often they come is drawn: the counts of a
 * resample are multinomial, made of binomials. For right or wrong that is one draw a resample, whatever n is. The result
 * depends on the values and not on their order.
 *
 * @param values finite numbers
 * @returns undefined for no values: there is nothing to say
 */
export function bootstrapMean(values: Float64Array, options: BootstrapOptions): Interval | undefined {
  const [first] = values;
  if (first === undefined) return undefined;
  if (values.every((value) => value === first)) return { low: first, high: first };
  const means = resampleMeans(values, options);
  const tail = (100 - (options.level ?? 95)) / 2;
  return { low: percentile(means, tail), high: percentile(means, 100 - tail) };
}

/**
 * Paired percentile bootstrap interval of the difference of two models' means, a − b, over the same rows. Rows are drawn,
 * not answers: what both find hard stays together.
 *
 * @param a, b scores of the same rows in the same order
 * @throws RangeError where they differ in length
 */
export function bootstrapDifference(a: Float64Array, b: Float64Array, options: BootstrapOptions): Interval | undefined {
  if (a.length !== b.length)
    throw new RangeError(`expected as many scores of both models, received ${a.length} and ${b.length}`);
  return bootstrapMean(
    a.map((score, i) => score - (b[i] as number)),
    options,
  );
}

/** Means of the resamples, ascending. */
function resampleMeans(values: Float64Array, options: BootstrapOptions): Float64Array {
  const { resamples, seed } = options;
  const pair = twoValued(values);
  if (pair !== undefined && values.length < resamples) return meansOfPair(pair, options);
  const { repeated, counts, single } = pair === undefined ? grouped(values) : groupedPair(pair);
  const random = new Random(seed);
  const total = values.length;
  const means = new Float64Array(resamples);
  for (let i = 0; i < resamples; i += 1) {
    let left = total;
    let rowsLeft = total;
    let sum = 0;
    for (let group = 0; group < repeated.length && left > 0; group += 1) {
      const count = counts[group] as number;
      const drawn = drawBinomial(random, left, count / rowsLeft);
      sum += drawn * (repeated[group] as number);
      left -= drawn;
      rowsLeft -= count;
    }
    means[i] = (sum + random.sumOfDraws(single, left)) / total;
  }
  return means.sort();
}

/** Rows that have one of two values, as right and wrong. */
interface Pair {
  low: number;
  high: number;
  /** How many rows have the higher one. */
  highs: number;
  total: number;
}

function twoValued(values: Float64Array): Pair | undefined {
  const first = values[0] as number;
  const other = values.find((value) => value !== first);
  if (other === undefined) return undefined;
  const [low, high] = first < other ? [first, other] : [other, first];
  let highs = 0;
  for (const value of values) {
    if (value === high) highs += 1;
    else if (value !== low) return undefined;
  }
  return { low, high, highs, total: values.length };
}

/**
 * Of two values and few rows, means that a resample can have are fewer than resamples: how many resamples have each is drawn, which is
 * multinomial again.
 */
function meansOfPair({ low, high, highs, total }: Pair, { resamples, seed }: BootstrapOptions): Float64Array {
  const random = new Random(seed);
  const means = new Float64Array(resamples);
  const share = highs / total;
  const [logShare, logRest] = [Math.log(share), Math.log1p(-share)];
  let filled = 0;
  let probabilityLeft = 1;
  for (let k = 0; k <= total && filled < resamples; k += 1) {
    const ways = logFactorial(total) - logFactorial(k) - logFactorial(total - k);
    const probability = Math.exp(ways + k * logShare + (total - k) * logRest);
    // Rounding may leave a rest that is less than what the last ones have.
    const conditional = k === total ? 1 : Math.min(1, probability / Math.max(probabilityLeft, Number.MIN_VALUE));
    const drawn = drawBinomial(random, resamples - filled, conditional);
    means.fill((k * high + (total - k) * low) / total, filled, (filled += drawn));
    probabilityLeft -= probability;
  }
  return means;
}

/** Values in the order of their size: those that come often with how often they come, the others row by row. */
class Groups {
  readonly repeated: number[] = [];
  readonly counts: number[] = [];
  private readonly rows: Float64Array;
  private filled = 0;

  /** @param total rows of all values together */
  constructor(total: number) {
    this.rows = new Float64Array(total);
  }

  add(value: number, count: number): void {
    if (count > ROWS_A_COUNT) {
      this.repeated.push(value);
      this.counts.push(count);
    } else {
      this.rows.fill(value, this.filled, (this.filled += count));
    }
  }

  /** All that do not come often, each as often as it comes. */
  get single(): Float64Array {
    return this.rows.subarray(0, this.filled);
  }
}

function grouped(values: Float64Array): Groups {
  const sorted = values.slice().sort();
  const groups = new Groups(sorted.length);
  for (let start = 0; start < sorted.length;) {
    const value = sorted[start] as number;
    let end = start + 1;
    while (sorted[end] === value) end += 1;
    groups.add(value, end - start);
    start = end;
  }
  return groups;
}

/** As `grouped`; what is counted already needs no sorting. */
function groupedPair({ low, high, highs, total }: Pair): Groups {
  const groups = new Groups(total);
  groups.add(low, total - highs);
  groups.add(high, highs);
  return groups;
}

/** @param sorted ascending, not empty @param percent 0–100 */
export function percentile(sorted: Float64Array, percent: number): number {
  const place = (percent / 100) * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below] as number;
  const high = sorted[Math.min(below + 1, sorted.length - 1)] as number;
  return low + (high - low) * (place - below);
}
