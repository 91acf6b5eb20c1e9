import { html, type Markup } from '@srvau/page';
import type { Series } from '../series/series';
import { CHART, type ChartLine, pixelX, pixelY, PLOT, rounded } from './geometry';
import { valueText } from './numbers';
import { toneClass } from './palette';
import type { Axes } from './scales';

/** Places under the pointer that show values. Each is some hundred bytes of the page. */
const MAX_PLACES = 48;
const LINE_HEIGHT = 14;

/** Strips over the whole chart; the one under the pointer shows a rule, points and the values there. */
export function readouts(axes: Axes, lines: readonly ChartLine[]): Markup {
  const steps = chosenSteps(lines.map(({ series }) => series));
  const at = steps.map((step) => pixelX(axes, step));
  const edge = (i: number): number => {
    const [before, after] = [at[i - 1], at[i]];
    if (before === undefined) return CHART.left;
    return after === undefined ? CHART.left + PLOT.width : rounded((before + after) / 2);
  };
  const strips = steps.map((step, i) => {
    const x = at[i] ?? 0;
    const width = Math.max(0, rounded(edge(i + 1) - edge(i)));
    return html`<g class="at"
      ><rect class="hit" x="${edge(i)}" y="${CHART.top}" width="${width}" height="${PLOT.height}"></rect
      ><g class="mark"
        ><line class="rule" x1="${x}" x2="${x}" y1="${CHART.top}" y2="${CHART.top + PLOT.height}"></line
        >${points(axes, lines, step, x)}${texts(lines, step, x)}</g
      ></g
    >`;
  });
  return html`${strips}`;
}

/** Of all lines, evenly chosen. */
function chosenSteps(all: readonly Series[]): number[] {
  const steps = [...new Set(all.flatMap((series) => evenly([...series.steps])))].sort((a, b) => a - b);
  return evenly(steps);
}

function evenly(steps: readonly number[]): number[] {
  if (steps.length <= MAX_PLACES) return [...steps];
  const last = steps.length - 1;
  return Array.from({ length: MAX_PLACES }, (_, i) => steps[Math.round((i * last) / (MAX_PLACES - 1))] ?? 0);
}

/** Value at a step, or at the newest one before; undefined before the first. */
export function valueAt({ steps, values }: Series, step: number): number | undefined {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((steps[middle] ?? 0) <= step) low = middle + 1;
    else high = middle;
  }
  return values[low - 1];
}

function points(axes: Axes, lines: readonly ChartLine[], step: number, x: number): Markup[] {
  return lines.flatMap(({ series, smooth, tone }) => {
    const value = valueAt(smooth ?? series, step) ?? NaN;
    if (!Number.isFinite(value)) return [];
    return [html`<circle class="point ${toneClass(tone)}" cx="${x}" cy="${pixelY(axes, value)}" r="4"></circle>`];
  });
}

/** On the other side of the chart than the pointer. */
function texts(lines: readonly ChartLine[], step: number, x: number): Markup {
  const isLeft = x < CHART.left + PLOT.width / 2;
  const place = isLeft ? CHART.left + PLOT.width - 4 : CHART.left + 6;
  const said = lines.map(({ label, series, smooth }) => {
    const value = valueAt(series, step);
    const raw = value === undefined ? '–' : valueText(value);
    const average = smooth === undefined ? undefined : valueAt(smooth, step);
    const text = average === undefined ? raw : `${valueText(average)} (${raw})`;
    return lines.length === 1 ? text : `${label} ${text}`;
  });
  const rows = [`step ${step.toLocaleString('en-US')}`, ...said].map(
    (text, i) =>
      html`<text x="${place}" y="${CHART.top + 12 + i * LINE_HEIGHT}" text-anchor="${isLeft ? 'end' : 'start'}"
        >${text}</text
      >`,
  );
  return html`<g class="readout">${rows}</g>`;
}
