import { canonicalJson } from '@srvau/contracts';
import type { RunRecord } from '@srvau/storage';
import type { Run } from '../read/read-run';
import { summarize, type SeriesSummary } from '../series/summarize';
import { flattened } from './flatten';

export interface ConfigDifference {
  /** `optimizer.learningRate`; also `kind`, `seed`, `parents.<role>` and `versions.<name>`. */
  readonly field: string;
  /** Of each run; undefined where it has none. */
  readonly values: readonly unknown[];
}

export interface MetricComparison {
  readonly metric: string;
  /** Of each run; null where it does not have the metric. */
  readonly summaries: readonly (SeriesSummary | null)[];
  /** Newest value of each run − that of the first; null where either has none that is finite. */
  readonly deltas: readonly (number | null)[];
}

export interface RunComparison {
  readonly differences: readonly ConfigDifference[];
  readonly metrics: readonly MetricComparison[];
}

/** What differs between runs, each held against the first. */
export function compareRuns(runs: readonly Run[]): RunComparison {
  const names = new Set(runs.flatMap(({ metrics }) => [...metrics.series.keys()]));
  return { differences: differencesOf(runs.map(({ record }) => record)), metrics: [...names].map(compared(runs)) };
}

const compared =
  (runs: readonly Run[]) =>
  (metric: string): MetricComparison => {
    const summaries = runs.map(({ metrics }) => {
      const series = metrics.series.get(metric);
      return series === undefined ? null : summarize(series);
    });
    const base = summaries[0]?.last?.value ?? NaN;
    const deltas = summaries.map((summary) => {
      const delta = (summary?.last?.value ?? NaN) - base;
      return Number.isFinite(delta) ? delta : null;
    });
    return { metric, summaries, deltas };
  };

/** Settings in which the runs are not all alike. */
export function differencesOf(records: readonly RunRecord[]): ConfigDifference[] {
  const settings = records.map(settingsOf);
  const fields = new Set(settings.flatMap((values) => [...values.keys()]));
  return [...fields]
    .map((field) => ({ field, values: settings.map((values) => values.get(field)) }))
    .filter(({ values }) => new Set(values.map(keyOf)).size > 1);
}

function settingsOf({ kind, seed, config, parents, versions }: RunRecord): Map<string, unknown> {
  return new Map<string, unknown>([
    ['kind', kind],
    ['seed', seed],
    ...parents.map(({ role, uri, digest }): [string, unknown] => [`parents.${role}`, digest ?? uri]),
    ...flattened(config),
    ...Object.entries(versions).map(([name, version]): [string, unknown] => [`versions.${name}`, version]),
  ]);
}

const keyOf = (value: unknown): string => (value === undefined ? '' : canonicalJson(value));
