import { basename, relative, resolve } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { metricFilter, metricNames, type NamedRun, readRun } from '@srvau/runs';
import type { Io } from '../io';

/** Reads runs by their directories; each is called what tells it from the others. */
export async function loadRuns(dirs: readonly string[], io: Io): Promise<NamedRun[]> {
  const paths = [...new Set(dirs.map((dir) => resolve(io.cwd, dir)))];
  const labels = labelsOf(paths, io.cwd);
  const runs: NamedRun[] = [];
  for (const [i, path] of paths.entries()) {
    runs.push({ label: labels[i] ?? path, run: await readRun(path, { signal: io.interrupts.signal }) });
  }
  return runs;
}

/** Names of folders where those differ, else paths. */
export function labelsOf(paths: readonly string[], cwd: string): string[] {
  const names = paths.map((path) => basename(path));
  return new Set(names).size === names.length ? names : paths.map((path) => relative(cwd, path) || '.');
}

/** Says which lines of the logs could not be read. */
export function noteFaults(runs: readonly NamedRun[], { terminal }: Io): void {
  for (const { label, run } of runs) {
    const { count, messages } = run.faults;
    for (const message of messages) terminal.note(`${label}: ${message}; the line is left out`);
    if (count > messages.length) terminal.note(`${label}: ${count - messages.length} more damaged lines are left out`);
  }
}

/**
 * The metrics that patterns name.
 * @throws SrvauError NOT_FOUND for a pattern that names none
 */
export function metricsNamed(runs: readonly NamedRun[], patterns: readonly string[] = []): string[] {
  const names = metricNames(runs.map(({ run }) => run));
  const idle = patterns.find((pattern) => !names.some(metricFilter([pattern])));
  if (idle === undefined) return names.filter(metricFilter(patterns));
  const expected = names.length === 0 ? 'nothing, as no step is done yet' : `some of ${names.join(', ')}`;
  throw SrvauError.mismatch('NOT_FOUND', '--metric', expected, JSON.stringify(idle));
}
