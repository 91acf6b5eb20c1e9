import { resolveGrpo, resolveSft, type RunEvent } from '@srvau/contracts';
import { flattened, type Run, type Series, settingText, sparkline, summarize, valueText } from '@srvau/runs';
import type { Colors } from '../terminal';
import { stateColour } from './runs';
import { table } from './table';
import { clip, duration, printable } from './text';

interface Style {
  colors: Colors;
  columns: number;
  /** At most, the newest. */
  events: number;
  nowMs: number;
}

const SPARK_WIDTH = 24;

/** Everything about one run. */
export function runText(run: Run, series: readonly Series[], style: Style): string {
  const { colors } = style;
  const parts = [headText(run, style)];
  const settings = settingsText(run, style);
  if (settings !== undefined) parts.push(`${colors.dim('set otherwise than by default')}\n${settings}`);
  if (series.length > 0) parts.push(metricsText(series, colors));
  const events = newestEvents(run, style.events);
  if (events.length > 0) parts.push(events.map((event) => eventText(event, style)).join('\n'));
  return parts.join('\n\n');
}

/** In their order. */
export const newestEvents = ({ events }: Run, count: number): readonly RunEvent[] =>
  events.slice(Math.max(0, events.length - count));

function headText({ dir, record, state, metrics, checkpoints, events }: Run, { colors, nowMs }: Style): string {
  const age = duration(Math.max(0, nowMs - Date.parse(record.createdAt)) / 1000);
  const best = events.findLast(({ kind }) => kind === 'best');
  const rows = [
    ['run', printable(dir)],
    ['kind', printable(record.kind)],
    ['state', stateColour(state, colors)],
    ['steps', String(metrics.lastStep ?? 0)],
    ['begun', `${record.createdAt} (${age} ago)`],
    ['seed', String(record.seed)],
    ...record.parents.map(({ role, uri }) => [printable(role), printable(uri)]),
    ['checkpoints', checkpoints.map(({ step }) => step).join(', ')],
    ['best', best === undefined ? '' : printable(`step ${best.step}: ${best.message}`)],
  ];
  return table(
    rows.filter(([, value]) => value !== '').map(([name = '', value = '']) => [colors.dim(name), value]),
    colors,
  );
}

/** What a reader wants to know of a hundred settings: those that somebody, or a preset, chose. */
function settingsText({ record }: Run, { colors, columns }: Style): string | undefined {
  const defaults = defaultsOf(record.kind);
  if (defaults === undefined) return undefined;
  const chosen = [...flattened(record.config)].filter(
    ([field, value]) => settingText(value) !== settingText(defaults.get(field)),
  );
  if (chosen.length === 0) return undefined;
  const room = Math.max(20, columns - Math.max(...chosen.map(([field]) => field.length)) - 4);
  return table(
    chosen.map(([field, value]) => [printable(field), clip(printable(settingText(value)), room)]),
    colors,
    { indent: 2 },
  );
}

/** Undefined for a kind of a newer version. */
function defaultsOf(kind: string): Map<string, unknown> | undefined {
  if (kind === 'training.sft') return flattened({ ...resolveSft({}) });
  return kind === 'training.grpo' ? flattened({ ...resolveGrpo({}) }) : undefined;
}

function metricsText(all: readonly Series[], colors: Colors): string {
  const rows = all.map((series) => {
    const { metric, last, recent, min, max, nonFinite } = summarize(series);
    const number = (value: number | null | undefined): string =>
      value === null || value === undefined ? '' : valueText(value);
    return [
      printable(metric),
      number(last?.value),
      number(recent),
      number(min?.value),
      number(max?.value),
      colors.cyan(sparkline(series, SPARK_WIDTH)),
      nonFinite === 0 ? '' : colors.red(`${nonFinite} not finite`),
    ];
  });
  return table(rows, colors, {
    head: ['METRIC', 'LAST', 'RECENT', 'LOWEST', 'HIGHEST', 'CURVE'],
    right: [1, 2, 3, 4],
  });
}

/** `03:04:05  step 12  warning constant-reward: …` */
export function eventText({ at, step, kind, warning, message }: RunEvent, { colors }: { colors: Colors }): string {
  const name = printable(warning === undefined ? kind : `${kind} ${warning}`);
  const isBad = kind === 'failed';
  const isWarning = kind === 'warning' || kind === 'waiting' || kind === 'stopped';
  const painted = isBad ? colors.red(name) : isWarning ? colors.yellow(name) : name;
  return `${colors.dim(printable(at.slice(0, 19).replace('T', ' ')))}  step ${step}  ${painted}: ${printable(message)}`;
}
