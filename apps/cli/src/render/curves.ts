import { type NamedRun, type Series, smoothed, summarize, terminalChart, valueText } from '@srvau/runs';
import type { Colors } from '../terminal';
import { clip, printable } from './text';

interface Style {
  /** Weight of what was before, 0 for none. */
  smooth: number;
  colors: Colors;
  columns: number;
}

interface Curve {
  label: string;
  /** Which colour; the same for a run in all charts. */
  tone: number;
  series: Series;
}

const MAX_COLUMNS = 140;
const ROWS = 10;

/** Curves in braille, one chart a metric with all runs in it; without colours, which tell them apart, one a run. */
export function curvesText(runs: readonly NamedRun[], metrics: readonly string[], style: Style): string {
  return metrics.map((metric) => metricText(runs, metric, style)).join('\n\n');
}

function metricText(runs: readonly NamedRun[], metric: string, style: Style): string {
  const curves = runs.flatMap(({ label, run }, tone): Curve[] => {
    const series = run.metrics.series.get(metric);
    return series === undefined ? [] : [{ label: printable(label), tone, series: smoothed(series, style.smooth) }];
  });
  const title = style.colors.bold(printable(metric));
  const note = style.smooth === 0 ? '' : style.colors.dim(` smoothed ${style.smooth}`);
  if (style.colors.isColorSupported || runs.length === 1)
    return [`${title}${note}`, ...panel(curves, curves, runs, style)].join('\n');
  return [`${title}${note}`, ...curves.flatMap((curve) => panel([curve], curves, runs, style))].join('\n');
}

/** @param all whose values the axes hold, so that panels of one metric compare */
function panel(curves: readonly Curve[], all: readonly Curve[], runs: readonly NamedRun[], style: Style): string[] {
  const { colors } = style;
  const columns = Math.min(style.columns - 1, MAX_COLUMNS);
  const paint = (text: string, i: number): string => toneOf(curves[i]?.tone ?? 0, colors)(text);
  const chart = terminalChart({
    lines: curves.map(({ series }) => series),
    within: all.map(({ series }) => series),
    ...{ columns, rows: ROWS, paint, dim: colors.dim },
  });
  const legend = curves.map((curve) => legendText(curve, runs.length > 1, style, columns));
  return [...(chart.length === 0 ? [colors.dim('no finite value')] : chart), ...legend];
}

function legendText({ label, tone, series }: Curve, isNamed: boolean, { colors }: Style, columns: number): string {
  const { last, recent, nonFinite } = summarize(series);
  const values = [
    ...(last === null ? [] : [`last ${valueText(last.value)} at step ${last.step}`]),
    ...(recent === null ? [] : [`recent ${valueText(recent)}`]),
    ...(nonFinite === 0 ? [] : [`${nonFinite} not finite`]),
  ];
  const text = clip(`${isNamed ? `${label}: ` : ''}${values.join(', ')}`, columns - 3);
  return `${toneOf(tone, colors)('──')} ${text}`;
}

function toneOf(tone: number, colors: Colors): (text: string) => string {
  const { cyan, yellow, green, magenta, blue, red, white, gray } = colors;
  const tones = [cyan, yellow, green, magenta, blue, red, white, gray];
  return tones[tone % tones.length] ?? cyan;
}
