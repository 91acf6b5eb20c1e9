import { dirname } from 'node:path';
import { fileUri, fromFileError, makeDirectories, writeFileAtomic } from '@srvau/storage';
import { chartsOfRuns, metricNames, type NamedRun } from '../chart/charts-of-runs';
import { svgFile } from '../chart/svg-file';
import { readLastSamples } from '../read/read-samples';
import { mainMetrics, metricFilter } from '../series/metric-names';
import { runsPage } from './runs-page';

export interface PictureOptions {
  /** Patterns of metrics; without one all on a page, the main ones in a picture. */
  readonly metrics?: readonly string[];
  /** Weight of what was before, 0 to below 1. Default 0. */
  readonly smooth?: number;
  /** Completions on a page, at most. Default 24. */
  readonly samples?: number;
}

/**
 * Writes a page about some runs. @returns its bytes
 * @throws SrvauError UNPROCESSABLE: a damaged sample file; UNAVAILABLE: the disk is full
 */
export async function writeRunsPage(
  out: string,
  runs: readonly NamedRun[],
  options: PictureOptions = {},
): Promise<number> {
  const { metrics = [], smooth = 0, samples: limit = 24 } = options;
  const samples = await Promise.all(runs.map(({ run }) => (limit === 0 ? null : readLastSamples(run.dir, limit))));
  return write(out, runsPage({ runs, metrics, smooth, samples }));
}

/** Writes the curves of some runs as one SVG picture. @returns its bytes */
export async function writeRunsSvg(
  out: string,
  runs: readonly NamedRun[],
  options: PictureOptions = {},
): Promise<number> {
  const { metrics = [], smooth = 0 } = options;
  const chosen = chosenMetrics(runs, metrics);
  const labels = runs.map(({ label }) => label);
  return write(out, svgFile(labels.join(', '), chartsOfRuns(runs, chosen, smooth), labels));
}

/** What patterns name; without one the main metrics. */
export function chosenMetrics(runs: readonly NamedRun[], patterns: readonly string[]): string[] {
  const names = metricNames(runs.map(({ run }) => run));
  return patterns.length === 0 ? mainMetrics(names) : names.filter(metricFilter(patterns));
}

async function write(out: string, text: string): Promise<number> {
  try {
    await makeDirectories(dirname(out));
    await writeFileAtomic(out, text);
  } catch (error) {
    throw fromFileError(error, fileUri(out));
  }
  return Buffer.byteLength(text);
}
