import { html, Markup } from '@srvau/page';
import { CHART } from './geometry';
import { type LineChart, lineChart } from './line-chart';
import { CHART_STYLE, PALETTE_STYLE, toneClass } from './palette';

const PAD = 16;
const HEAD = 40;
const LEGEND_ROW = 20;
const LEGEND_ITEM = 240;
const MAX_LABEL = 32;

/** Charts side by side as one SVG picture that needs nothing else, light or dark as its viewer is. */
export function svgFile(title: string, charts: readonly LineChart[], runs: readonly string[]): string {
  const columns = charts.length === 1 ? 1 : 2;
  const rows = Math.ceil(charts.length / columns);
  const width = columns * CHART.width + PAD * 2;
  const perRow = Math.max(1, Math.floor((width - PAD * 2) / LEGEND_ITEM));
  const head = HEAD + (runs.length > 1 ? Math.ceil(runs.length / perRow) * LEGEND_ROW + 8 : 0);
  const height = head + rows * CHART.height + PAD;
  const legend = runs.length < 2 ? [] : runs.map((label, i) => legendItem(label, i, perRow));
  const panels = charts.map((chart, i) =>
    lineChart(chart, { x: PAD + (i % columns) * CHART.width, y: head + Math.floor(i / columns) * CHART.height }),
  );
  const style = new Markup(`<style>${PALETTE_STYLE}${CHART_STYLE}</style>`);
  const svg = html`<svg
    xmlns="http://www.w3.org/2000/svg"
    width="${width}"
    height="${height}"
    viewBox="0 0 ${width} ${height}"
    role="img"
    aria-label="${title}"
  >
    <title>${title}</title>
    ${style}
    <rect width="100%" height="100%" fill="var(--paper)"></rect>
    <g class="chart">
      <text x="${PAD}" y="26" class="title">${title}</text>
      ${legend}
    </g>
    ${panels}
  </svg>`;
  return `${svg.text}\n`;
}

function legendItem(label: string, i: number, perRow: number): Markup {
  const x = PAD + (i % perRow) * LEGEND_ITEM;
  const y = HEAD + Math.floor(i / perRow) * LEGEND_ROW + 6;
  return html`<line class="swatch ${toneClass(i)}" x1="${x}" x2="${x + 24}" y1="${y}" y2="${y}"></line
    ><text x="${x + 30}" y="${y + 4}">${clipped(label)}</text>`;
}

const clipped = (label: string): string => {
  const characters = [...label];
  return characters.length <= MAX_LABEL ? label : `${characters.slice(0, MAX_LABEL - 1).join('')}…`;
};
