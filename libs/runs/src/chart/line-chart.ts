import { line } from 'd3-shape';
import { html, type Markup } from '@srvau/page';
import { downsampled } from '../series/downsample';
import type { Series } from '../series/series';
import { CHART, type ChartLine, pixelX, pixelY, PLOT } from './geometry';
import { toneClass } from './palette';
import { readouts } from './readouts';
import { type Axes, axesOf } from './scales';

export interface LineChart {
  readonly title: string;
  readonly lines: readonly ChartLine[];
  /** Steps to point at. */
  readonly warnings?: readonly { readonly step: number; readonly text: string }[];
}

const X_TICKS = 6;
const Y_TICKS = 5;
/** Points of one curve; two a pixel already hide each other. */
const MAX_POINTS = PLOT.width * 2;

/** Curves over steps as one `<svg>`, with a rule and values under the pointer that need no script. */
export function lineChart(
  { title, lines, warnings = [] }: LineChart,
  place: { readonly x: number; readonly y: number } = { x: 0, y: 0 },
): Markup {
  const shown = lines.map((each) => each.smooth ?? each.series);
  const axes = axesOf([...shown, ...lines.map(({ series }) => series)], X_TICKS, Y_TICKS);
  const gaps = lines.reduce((sum, { series }) => sum + series.values.filter((v) => !Number.isFinite(v)).length, 0);
  const note = gaps === 0 ? '' : `${gaps} not finite`;
  return html`<svg
    class="chart"
    x="${place.x}"
    y="${place.y}"
    width="${CHART.width}"
    height="${CHART.height}"
    viewBox="0 0 ${CHART.width} ${CHART.height}"
    role="img"
    aria-label="${title} over optimizer steps"
  >
    <text class="title" x="${CHART.left}" y="18">${title}</text>
    <text class="small" x="${CHART.width - CHART.right}" y="18" text-anchor="end">${note}</text>
    ${axes === null ? NOTHING : html`${frame(axes, title)}${marks(axes, warnings)}${curves(axes, lines)}${readouts(axes, lines)}`}
  </svg>`;
}

const NOTHING = html`<text class="small" x="${CHART.left}" y="${CHART.top + 20}">no finite value</text>`;

function frame(axes: Axes, title: string): Markup {
  const bottom = CHART.top + PLOT.height;
  const right = CHART.left + PLOT.width;
  const across = axes.y.ticks.map(({ value, text }) => {
    const y = pixelY(axes, value);
    return html`<line class="grid" x1="${CHART.left}" x2="${right}" y1="${y}" y2="${y}"></line
      ><text class="small" x="${CHART.left - 6}" y="${y + 4}" text-anchor="end">${text}</text>`;
  });
  const along = axes.x.ticks.map(({ value, text }) => {
    const x = pixelX(axes, value);
    return html`<line class="axis" x1="${x}" x2="${x}" y1="${bottom}" y2="${bottom + 4}"></line
      ><text class="small" x="${x}" y="${bottom + 16}" text-anchor="middle">${text}</text>`;
  });
  const middle = CHART.top + PLOT.height / 2;
  return html`${across}<line class="axis" x1="${CHART.left}" x2="${right}" y1="${bottom}" y2="${bottom}"></line>${along}
    <text class="small" x="${CHART.left + PLOT.width / 2}" y="${bottom + 34}" text-anchor="middle">step</text>
    <text class="small" transform="translate(12 ${middle}) rotate(-90)" text-anchor="middle"
      >${title.slice(title.lastIndexOf('/') + 1)}</text
    >`;
}

function marks(axes: Axes, warnings: NonNullable<LineChart['warnings']>): Markup[] {
  return warnings
    .filter(({ step }) => axes.x.at(step) >= 0 && axes.x.at(step) <= 1)
    .map(({ step, text }) => {
      const x = pixelX(axes, step);
      return html`<line class="warning" x1="${x}" x2="${x}" y1="${CHART.top}" y2="${CHART.top + PLOT.height}">
        <title>step ${step}: ${text}</title>
      </line>`;
    });
}

function curves(axes: Axes, lines: readonly ChartLine[]): Markup[] {
  const raw = lines.flatMap(({ series, smooth, tone }) =>
    smooth === undefined ? [] : [curve(axes, series, `curve raw ${toneClass(tone)}`)],
  );
  const front = lines.map(({ series, smooth, tone }) => curve(axes, smooth ?? series, `curve ${toneClass(tone)}`));
  return [...raw, ...front];
}

function curve(axes: Axes, series: Series, style: string): Markup {
  const { steps, values } = downsampled(series, MAX_POINTS);
  const path = line<number>()
    .defined((value) => Number.isFinite(value))
    .x((_, i) => pixelX(axes, steps[i] ?? 0))
    .y((value) => pixelY(axes, value));
  return html`<path class="${style}" d="${path(values) ?? ''}"></path>`;
}
