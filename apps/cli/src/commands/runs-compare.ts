import { compareRuns } from '@srvau/runs';
import { EXIT, usageError } from '../exit';
import type { Io } from '../io';
import { comparisonText } from '../render/run-comparison';
import { summaryJson, valueJson } from '../render/values';
import { loadRuns, metricsNamed, noteFaults } from '../runs/load-runs';
import type { CompareRunsOptions } from '../runs/options';

/** `srvau runs compare`: what is set otherwise, and what came of it; each run held against the first. */
export async function compare(options: CompareRunsOptions, io: Io): Promise<number> {
  const { terminal } = io;
  const runs = await loadRuns(options.dirs, io);
  if (runs.length < 2) {
    const [expected, received] = ['at least two different directories', `${runs.length}`];
    throw usageError(`DIR: expected ${expected}, received ${received}`, [{ field: 'DIR', expected, received }]);
  }
  const names = new Set(metricsNamed(runs, options.metric));
  const { differences, metrics } = compareRuns(runs.map(({ run }) => run));
  const shown = metrics.filter(({ metric }) => names.has(metric));
  if (options.json) {
    terminal.printJson({
      runs: runs.map(({ label, run }) => ({ label, dir: run.dir, state: run.state, steps: run.metrics.lastStep ?? 0 })),
      // A run without the setting has null, as JSON has no other word for it.
      differences: differences.map(({ field, values }) => ({ field, values: values.map((value) => value ?? null) })),
      metrics: shown.map(({ metric, summaries, deltas }) => ({
        metric,
        runs: summaries.map((summary) => (summary === null ? null : summaryJson(summary))),
        deltas: deltas.map((delta) => (delta === null ? null : valueJson(delta))),
      })),
    });
    return EXIT.ok;
  }
  terminal.print(comparisonText(runs, { differences, metrics: shown }, terminal.colors));
  noteFaults(runs, io);
  return EXIT.ok;
}
