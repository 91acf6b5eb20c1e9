import { extname, resolve } from 'node:path';
import { chosenMetrics, type NamedRun, smoothed, writeRunsPage, writeRunsSvg } from '@srvau/runs';
import { EXIT, usageError } from '../exit';
import type { Io } from '../io';
import { curvesText } from '../render/curves';
import { bytesText, plural, printable } from '../render/text';
import { valueJson } from '../render/values';
import { loadRuns, metricsNamed, noteFaults } from '../runs/load-runs';
import type { PlotRunsOptions } from '../runs/options';

const WRITERS = { '.svg': writeRunsSvg, '.html': writeRunsPage } as const;

/** `srvau runs plot`: curves on the terminal, or as a picture or page. */
export async function plot(options: PlotRunsOptions, io: Io): Promise<number> {
  const { terminal, cwd } = io;
  const writer = options.out === undefined ? undefined : writerOf(options.out);
  const runs = await loadRuns(options.dirs, io);
  // A pattern that names nothing is refused before anything is written.
  metricsNamed(runs, options.metric);
  const { metric = [], smooth, samples } = options;
  if (options.out !== undefined && writer !== undefined) {
    const out = resolve(cwd, options.out);
    const bytes = await writer(out, runs, { metrics: metric, smooth, samples });
    const what = `${plural(runs.length, 'run')}, ${bytesText(bytes)}`;
    if (options.json) terminal.printJson({ out, bytes, runs: runs.map(({ run }) => run.dir) });
    else terminal.print(`${terminal.colors.green('✓')} ${printable(out)}: ${what}`);
  } else if (options.json) {
    terminal.printJson({ smooth, runs: runs.map((run) => pointsOf(run, metricsNamed(runs, metric), smooth)) });
    return EXIT.ok;
  } else {
    const names = chosenMetrics(runs, metric);
    if (names.length === 0) terminal.note('no metrics yet: no step is done');
    else terminal.print(curvesText(runs, names, { smooth, colors: terminal.colors, columns: terminal.columns }));
  }
  if (!options.json) noteFaults(runs, io);
  return EXIT.ok;
}

function writerOf(out: string): (typeof WRITERS)[keyof typeof WRITERS] {
  const extension = extname(out).toLowerCase();
  if (extension === '.svg' || extension === '.html') return WRITERS[extension];
  const [expected, received] = ['a file that ends in .svg or .html', JSON.stringify(out)];
  throw usageError(`--out: expected ${expected}, received ${received}`, [{ field: '--out', expected, received }]);
}

function pointsOf({ label, run }: NamedRun, names: readonly string[], smooth: number): unknown {
  const metrics = names.flatMap((name) => {
    const series = run.metrics.series.get(name);
    if (series === undefined) return [];
    const { steps, values } = smoothed(series, smooth);
    return [[name, { steps: [...steps], values: Array.from(values, valueJson) }]];
  });
  return { label, dir: run.dir, metrics: Object.fromEntries(metrics) as unknown };
}
