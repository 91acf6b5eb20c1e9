import { join } from 'node:path';
import { describe, isObject, SrvauError } from '@srvau/contracts';
import { spelledNumber } from '@srvau/storage';
import { type Series, SeriesBuilder } from '../series/series';
import { FaultCount, type Faults } from './faults';
import { readLines } from './read-lines';

export const METRICS_FILE = 'metrics.jsonl';

export interface RunMetrics {
  /** By name, in the order in which names first came. */
  readonly series: ReadonlyMap<string, Series>;
  /** Of the last line; null where there is none. */
  readonly lastStep: number | null;
  readonly faults: Faults;
}

export interface ReadMetricsOptions {
  /** Which to keep; all without it. */
  keep?: (metric: string) => boolean;
  /** File in the directory; `metrics.jsonl` without it. */
  file?: string;
  signal?: AbortSignal;
}

/** The metrics of a run as series; also while the run goes on. */
export async function readMetrics(dir: string, options: ReadMetricsOptions = {}): Promise<RunMetrics> {
  const { keep = () => true, file = METRICS_FILE, signal } = options;
  const faults = new FaultCount();
  const builders = new Map<string, SeriesBuilder>();
  let lastStep: number | null = null;
  const parse = (value: unknown, where: string): Line => parseLine(value, where, lastStep);
  for await (const { step, values, where } of readLines(join(dir, file), parse, faults, signal)) {
    lastStep = step;
    for (const [name, given] of values) {
      // A metric that the step does not have.
      if (given === null) continue;
      const value = spelledNumber(given);
      if (value === undefined) {
        faults.add(`${where}: ${name}: expected a number, received ${describe(given)}`);
        continue;
      }
      if (!keep(name)) continue;
      const builder = builders.get(name) ?? new SeriesBuilder(name);
      builders.set(name, builder);
      builder.add(step, value);
    }
  }
  const series = new Map([...builders].map(([name, builder]) => [name, builder.build()]));
  return { series, lastStep, faults };
}

interface Line {
  step: number;
  values: [name: string, value: unknown][];
  where: string;
}

function parseLine(value: unknown, where: string, before: number | null): Line {
  if (!isObject(value)) throw SrvauError.mismatch('UNPROCESSABLE', where, 'an object', describe(value));
  const { step, ...values } = value;
  if (!Number.isSafeInteger(step) || (step as number) <= (before ?? -1)) {
    const expected = before === null ? 'a whole number from 0' : `a whole number above ${before}`;
    throw SrvauError.mismatch('UNPROCESSABLE', `${where}: step`, expected, describe(step));
  }
  return { step: step as number, values: Object.entries(values), where };
}
