import { type Run, type RunState, valueText } from '@srvau/runs';
import type { Colors } from '../terminal';
import { table } from './table';
import { duration, printable } from './text';
import { valueJson } from './values';

export interface ListedRun {
  /** As it would be typed. */
  path: string;
  run: Run;
}

const LOSS = ['reward/total/mean', 'loss'] as const;
const VALIDATION = ['val/reward/total/mean', 'val/loss'] as const;

/** What a list reads of each run. */
export const MAIN_COLUMNS: ReadonlySet<string> = new Set([...LOSS, ...VALIDATION]);

/** A line a run. `nowMs` is what ages are counted from. */
export function runTableText(listed: readonly ListedRun[], nowMs: number, colors: Colors): string {
  const rows = listed.map(({ path, run }) => [
    printable(path),
    printable(run.record.kind.replace(/^training\./, '')),
    stateColour(run.state, colors),
    String(run.metrics.lastStep ?? 0),
    lastOf(run, LOSS),
    lastOf(run, VALIDATION),
    warningsText(run, colors),
    `${duration(Math.max(0, nowMs - Date.parse(run.record.createdAt)) / 1000)} ago`,
  ]);
  const head = ['RUN', 'KIND', 'STATE', 'STEPS', 'TRAINING', 'VALIDATION', 'WARNINGS', 'BEGUN'];
  return table(rows, colors, { head, right: [3] });
}

/** The newest value of the first metric that the run has. */
function lastOf({ metrics }: Run, names: readonly string[]): string {
  const name = names.find((one) => metrics.series.has(one));
  const value = name === undefined ? undefined : metrics.series.get(name)?.values.at(-1);
  if (name === undefined || value === undefined) return '';
  return `${name.includes('reward') ? 'reward' : 'loss'} ${valueText(value)}`;
}

function warningsText({ events, faults }: Run, colors: Colors): string {
  const warnings = events.filter(({ kind }) => kind === 'warning').length;
  const parts = [
    ...(warnings === 0 ? [] : [colors.yellow(String(warnings))]),
    ...(faults.count === 0 ? [] : [colors.red(`${faults.count} damaged lines`)]),
  ];
  return parts.join(', ');
}

export function stateColour(state: RunState, colors: Colors): string {
  const paint = { running: colors.cyan, finished: colors.green, stopped: colors.yellow, failed: colors.red };
  return state === 'interrupted' ? colors.yellow(state) : paint[state](state);
}

export function runJson(run: Run): Record<string, unknown> {
  const { dir, record, state, metrics, events, checkpoints, faults } = run;
  const newest = [...metrics.series].flatMap(([name, { values }]) => {
    const value = values.at(-1);
    return value === undefined ? [] : [[name, valueJson(value)]];
  });
  return {
    ...{ dir, id: record.id, kind: record.kind, createdAt: record.createdAt, seed: record.seed, state },
    steps: metrics.lastStep ?? 0,
    last: Object.fromEntries(newest) as unknown,
    checkpoints: checkpoints.map(({ step, path }) => ({ step, path })),
    warnings: events.filter(({ kind }) => kind === 'warning').length,
    damagedLines: faults.count,
  };
}
