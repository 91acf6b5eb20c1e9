import { html, type Markup } from '@srvau/page';
import { count, seconds, spanText } from './numbers';

export interface Bar {
  label: string;
  value: number;
}

const ROW = 22;
const LABEL = 150;
const WIDTH = 490;
const ROOM = 70;

/** Horizontal bars with label and number. `role="img"`: the numbers are text beside it anyway. */
export function barChart(title: string, bars: readonly Bar[]): Markup {
  if (bars.length === 0) return html`<p class="none">${title}: none</p>`;
  const most = Math.max(...bars.map(({ value }) => value), 1);
  const height = bars.length * ROW + 4;
  const rows = bars.map(({ label, value }, i) => {
    const y = i * ROW + 3;
    const width = (value / most) * (WIDTH - LABEL - ROOM);
    return html`<g>
      <title>${label}: ${count(value)}</title>
      <text x="${LABEL - 8}" y="${y + 13}" text-anchor="end">${clip(label)}</text>
      <rect class="bar" x="${LABEL}" y="${y}" width="${round(width)}" height="16" rx="2"></rect>
      <text x="${round(LABEL + width + 6)}" y="${y + 13}">${count(value)}</text>
    </g>`;
  });
  return html`<figure>
    <figcaption>${title}</figcaption>
    <svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${title}">
      ${rows}
    </svg>
  </figure>`;
}

/** A stacked bar for each row, one colour a column. */
export function stackedChart(
  title: string,
  series: readonly string[],
  rows: readonly { label: string; values: readonly number[] }[],
): Markup {
  const most = Math.max(...rows.map(({ values }) => values.reduce((sum, value) => sum + value, 0)), 1);
  const height = rows.length * ROW + 26;
  const drawn = rows.map(({ label, values }, i) => {
    const y = i * ROW + 3;
    let x = LABEL;
    const parts = values.map((value, at) => {
      const width = (value / most) * (WIDTH - LABEL - ROOM);
      const part = html`<rect class="series${at}" x="${round(x)}" y="${y}" width="${round(width)}" height="16">
        <title>${label}, ${series[at]}: ${count(value)}</title>
      </rect>`;
      x += width;
      return part;
    });
    return html`<text x="${LABEL - 8}" y="${y + 13}" text-anchor="end">${label}</text>${parts}
      <text x="${round(x + 6)}" y="${y + 13}">${values.map(count).join(' + ')}</text>`;
  });
  const legend = series.map(
    (name, at) =>
      html`<rect class="series${at}" x="${LABEL + at * 120}" y="${height - 17}" width="12" height="12"></rect>
        <text x="${LABEL + at * 120 + 18}" y="${height - 7}">${name}</text>`,
  );
  return html`<figure>
    <figcaption>${title}</figcaption>
    <svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${title}">
      ${drawn}${legend}
    </svg>
  </figure>`;
}

type Span = readonly [startSec: number, endSec: number];

export interface Track {
  name: 'truth' | 'initial' | 'final';
  /** Null where there is none. */
  span: Span | null;
  /** For people, where there is no span. */
  instead: string;
}

const LINE = 640;
const LEFT = 60;
const TRACK = 20;

/** Spans of one video over each other. What reaches beyond the video is cut at its ends; the text says the times as given. */
export function timeline(tracks: readonly Track[], durationSec: number | null): Markup {
  const reach = Math.max(...tracks.flatMap(({ span }) => (span === null ? [] : [...span])), 0);
  const end = durationSec ?? (reach > 0 ? reach * 1.1 : 1);
  const x = (sec: number): number => LEFT + (Math.min(Math.max(sec, 0), end) / end) * (LINE - LEFT - 24);
  const bottom = tracks.length * TRACK + 4;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map(
    (part) =>
      html`<line class="tick" x1="${round(x(part * end))}" x2="${round(x(part * end))}" y1="0" y2="${bottom}"></line>
        <text class="small" x="${round(x(part * end))}" y="${bottom + 12}" text-anchor="middle"
          >${seconds(part * end)} s</text
        >`,
  );
  const lines = tracks.map(({ name, span, instead }, i) => {
    const y = i * TRACK + 4;
    const label = html`<text x="${LEFT - 6}" y="${y + 11}" text-anchor="end">${name}</text>`;
    if (span === null) return html`${label}<text class="small" x="${LEFT + 6}" y="${y + 11}">${instead}</text>`;
    const width = Math.max(2, x(span[1]) - x(span[0]));
    return html`${label}<rect
        class="span-${name}"
        x="${round(x(span[0]))}"
        y="${y}"
        width="${round(width)}"
        height="14"
        rx="2"
      >
        <title>${name} ${spanText(span)}</title>
      </rect>`;
  });
  return html`<svg
    class="timeline"
    viewBox="0 0 ${LINE} ${bottom + 18}"
    width="${LINE}"
    height="${bottom + 18}"
    role="img"
    aria-label="spans in time"
  >
    ${ticks}${lines}
  </svg>`;
}

const round = (value: number): number => Math.round(value * 10) / 10;

const clip = (label: string): string => {
  const characters = [...label];
  return characters.length <= 22 ? label : `${characters.slice(0, 21).join('')}…`;
};
