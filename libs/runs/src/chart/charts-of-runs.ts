import type { RunEvent } from '@srvau/contracts';
import type { Run } from '../read/read-run';
import { smoothed } from '../series/smooth';
import type { LineChart } from './line-chart';

/** A run with the name that it has in pictures. */
export interface NamedRun {
  readonly label: string;
  readonly run: Run;
}

/** One chart a metric, each run a curve in its own colour. @param smooth weight of what was before, 0 for none */
export function chartsOfRuns(runs: readonly NamedRun[], metrics: readonly string[], smooth: number): LineChart[] {
  return metrics.map((metric) => ({
    title: metric,
    lines: runs.flatMap(({ label, run }, tone) => {
      const series = run.metrics.series.get(metric);
      if (series === undefined) return [];
      const line = { label, tone, series };
      return [smooth === 0 ? line : { ...line, smooth: smoothed(series, smooth) }];
    }),
    // Whose warning it was, the line in a chart of several runs would not say.
    warnings: runs.length === 1 ? warningsOf(runs[0]?.run.events ?? []) : [],
  }));
}

/** The first of each kind: a warning that goes on says the same at every step. */
function warningsOf(events: readonly RunEvent[]): { step: number; text: string }[] {
  const first = new Map<string, RunEvent>();
  for (const event of events) {
    const key = event.warning ?? '';
    if (event.kind === 'warning' && !first.has(key)) first.set(key, event);
  }
  return [...first.values()].map(({ step, warning, message }) => ({
    step,
    text: `${warning ?? 'warning'}: ${message}`,
  }));
}

/** Names of all metrics of some runs, each once, in the order in which they first came. */
export function metricNames(runs: readonly Run[]): string[] {
  return [...new Set(runs.flatMap(({ metrics }) => [...metrics.series.keys()]))];
}
