import { deltaText, type NamedRun, type RunComparison, settingText, valueText } from '@srvau/runs';
import type { Colors } from '../terminal';
import { stateColour } from './runs';
import { table } from './table';
import { clip, printable } from './text';

const MAX_SETTING = 40;

/** What is set otherwise in runs, and what came of it. */
export function comparisonText(
  runs: readonly NamedRun[],
  { differences, metrics }: RunComparison,
  colors: Colors,
): string {
  const labels = runs.map(({ label }) => printable(label));
  const settings = differences.map(({ field, values }) => [
    printable(field),
    ...values.map((value) => clip(printable(settingText(value)), MAX_SETTING)),
  ]);
  const standing = [
    ['state', ...runs.map(({ run }) => stateColour(run.state, colors))],
    ['steps', ...runs.map(({ run }) => String(run.metrics.lastStep ?? 0))],
  ];
  const rows = metrics.map(({ metric, summaries, deltas }) => [
    printable(metric),
    ...summaries.flatMap((summary, i) => {
      const last = summary?.last === null || summary === null ? '' : valueText(summary.last.value);
      const best = summary?.best === null || summary === null ? '' : valueText(summary.best.value);
      const delta = deltas[i] ?? null;
      return i === 0 ? [last, best] : [last, colors.dim(delta === null ? '' : deltaText(delta)), best];
    }),
  ]);
  const head = ['METRIC', ...labels.flatMap((label, i) => (i === 0 ? [label, 'BEST'] : [label, 'Δ', 'BEST']))];
  const numbers = head.map((_, i) => i).slice(1);
  return [
    table([...standing, ...settings], colors, { head: ['', ...labels] }),
    ...(differences.length === 0 ? [colors.dim('configured alike')] : []),
    ...(rows.length === 0 ? [] : [table(rows, colors, { head, right: numbers })]),
  ].join('\n\n');
}
