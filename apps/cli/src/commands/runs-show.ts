import { summarize } from '@srvau/runs';
import { EXIT } from '../exit';
import type { Io } from '../io';
import { runJson } from '../render/runs';
import { newestEvents, runText } from '../render/run-detail';
import { summaryJson } from '../render/values';
import { loadRuns, metricsNamed, noteFaults } from '../runs/load-runs';
import type { ShowRunOptions } from '../runs/options';

/** `srvau runs show`: everything about one run; also while it goes on. */
export async function showRun(options: ShowRunOptions, io: Io): Promise<number> {
  const { terminal } = io;
  const runs = await loadRuns([options.dir], io);
  const names = metricsNamed(runs, options.metric);
  for (const { run } of runs) {
    const series = names.flatMap((name) => run.metrics.series.get(name) ?? []);
    if (options.json) {
      const { record, faults } = run;
      const events = newestEvents(run, options.events);
      const metrics = series.map((each) => summaryJson(summarize(each)));
      terminal.printJson({ ...runJson(run), record, metrics, events, faults });
      continue;
    }
    const { colors, columns } = terminal;
    terminal.print(runText(run, series, { colors, columns, events: options.events, nowMs: Date.now() }));
  }
  if (!options.json) noteFaults(runs, io);
  return EXIT.ok;
}
