import type { JobRecord, JobState } from '@srvau/contracts';
import { progressText, stateText, tookText } from '../jobs/job-view';
import type { Colors } from '../terminal';
import { table } from './table';
import { clip, duration, printable } from './text';

/** A line a job. `nowMs` is what ages are counted from. */
export function jobTableText(jobs: readonly JobRecord[], nowMs: number, colors: Colors): string {
  const rows = jobs.map((record) => [
    record.id,
    printable(record.kind),
    paint(record.state, stateText(record), colors),
    standing(record),
    ago(record.submittedAt, nowMs),
    tookText(record) ?? (record.state === 'running' ? ago(record.startedAt, nowMs, '') : ''),
  ]);
  return table(rows, colors, { head: ['ID', 'KIND', 'STATE', 'PROGRESS', 'SUBMITTED', 'TOOK'] });
}

/** Everything about one job. */
export function jobDetailText(record: JobRecord, nowMs: number, colors: Colors): string {
  const { error } = record;
  const time = (iso: string | undefined): string => (iso === undefined ? '' : `${iso} (${ago(iso, nowMs)})`);
  const fields: [string, string][] = [
    ['id', record.id],
    ['kind', printable(record.kind)],
    ['state', paint(record.state, stateText(record), colors)],
    ['progress', record.progress === undefined ? '' : progressText(record.progress)],
    ['attempt', `${record.attempt} of ${record.maxAttempts}`],
    ['submitted', time(record.submittedAt)],
    ['started', time(record.startedAt)],
    ['finished', time(record.finishedAt)],
    ['took', tookText(record) ?? ''],
    ['heartbeat', record.state === 'running' ? time(record.heartbeatAt) : ''],
    ['cancel asked', record.state === 'running' ? time(record.cancelRequestedAt) : ''],
    ['worker', printable(record.worker ?? '')],
    ['key', printable(record.idempotencyKey ?? '')],
    ['error', error === undefined ? '' : `${error.code}: ${printable(error.message)}`],
    ...(error?.details ?? []).map((d): [string, string] => [
      '',
      `• ${printable(`${d.field}: expected ${d.expected}, received ${d.received}`)}`,
    ]),
  ];
  const shown = fields.filter(([, value]) => value !== '').map(([name, value]) => [colors.dim(name), value]);
  return [
    table(shown, colors),
    `${colors.dim('request')}\n${json(record.request)}`,
    ...(record.result === undefined ? [] : [`${colors.dim('result')}\n${json(record.result)}`]),
  ].join('\n');
}

const STANDING_CHARS = 50;

/** Short: a stage may tell at length what a job waits for. */
function standing(record: JobRecord): string {
  if (record.error !== undefined) return clip(printable(record.error.message), STANDING_CHARS);
  const { state, progress } = record;
  return state === 'running' && progress !== undefined ? clip(progressText(progress), STANDING_CHARS) : '';
}

function ago(iso: string | undefined, nowMs: number, suffix = ' ago'): string {
  if (iso === undefined) return '';
  return `${duration(Math.max(0, nowMs - Date.parse(iso)) / 1000)}${suffix}`;
}

/** JSON escapes control characters by itself, save those above 0x7e. */
function json(value: unknown): string {
  return JSON.stringify(value, null, 2)
    .split('\n')
    .map((line) => `  ${printable(line)}`)
    .join('\n');
}

function paint(state: JobState, text: string, colors: Colors): string {
  const colour = { queued: colors.yellow, running: colors.cyan, succeeded: colors.green, failed: colors.red };
  return state === 'cancelled' ? colors.dim(text) : colour[state](text);
}
