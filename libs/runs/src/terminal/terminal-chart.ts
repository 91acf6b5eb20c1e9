import { axesOf, type Axes } from '../chart/scales';
import { downsampled } from '../series/downsample';
import type { Series } from '../series/series';
import { BrailleCanvas } from './braille';

export interface TerminalChart {
  readonly lines: readonly Series[];
  /** Whose values the axes hold; `lines` without it. */
  readonly within?: readonly Series[];
  /** Characters, axes included. */
  readonly columns: number;
  /** Characters of the drawing alone. */
  readonly rows: number;
  /** Colours a piece of line i. */
  readonly paint: (text: string, line: number) => string;
  readonly dim: (text: string) => string;
}

const MIN_WIDTH = 10;
const X_TITLE = 'step ';
/** Room for the title of the horizontal axis. */
const MIN_MARGIN = X_TITLE.length - 2;
const ROWS_PER_TICK = 3;
const COLUMNS_PER_TICK = 14;

/** Curves drawn in braille, with axes; rows of at most `columns` characters. Empty where no value is finite. */
export function terminalChart({ lines, within = lines, columns, rows, paint, dim }: TerminalChart): string[] {
  const axes = axesOf(within, Math.max(2, Math.floor(columns / COLUMNS_PER_TICK)), Math.ceil(rows / ROWS_PER_TICK));
  if (axes === null) return [];
  const margin = Math.max(MIN_MARGIN, ...axes.y.ticks.map(({ text }) => text.length));
  const width = Math.max(MIN_WIDTH, columns - margin - 3);
  const canvas = new BrailleCanvas(width, rows);
  for (const [i, line] of lines.entries()) drawLine(canvas, axes, downsampled(line, canvas.width * 4), i);
  const labels = yLabels(axes, rows, margin);
  const body = canvas.render(paint).map((text, row) => {
    const label = labels.get(row);
    return `${dim(`${label ?? ' '.repeat(margin)} ${label === undefined ? '│' : '┤'}`)}${text}`;
  });
  const { marks, names } = xLabels(axes, width, columns - margin - 2);
  return [...body, dim(`${' '.repeat(margin + 1)}└${marks}`), dim(`${X_TITLE.padEnd(margin + 2)}${names}`)];
}

function drawLine(canvas: BrailleCanvas, { x, y }: Axes, { steps, values }: Series, layer: number): void {
  let before: [number, number] | undefined;
  for (const [i, value] of values.entries()) {
    if (!Number.isFinite(value)) {
      before = undefined;
      continue;
    }
    const across = Math.round(x.at(steps[i] ?? 0) * (canvas.width - 1));
    const down = Math.round((1 - y.at(value)) * (canvas.height - 1));
    if (before === undefined) canvas.dot(across, down, layer);
    else canvas.line(...before, across, down, layer);
    before = [across, down];
  }
}

/** Text by row. */
function yLabels({ y }: Axes, rows: number, margin: number): Map<number, string> {
  return new Map(
    y.ticks.map(({ value, text }) => [
      Math.min(rows - 1, Math.floor(((1 - y.at(value)) * (rows * 4 - 1)) / 4)),
      text.padStart(margin),
    ]),
  );
}

/** Marks on the axis, and below them as many numbers as have room. */
function xLabels({ x }: Axes, width: number, room: number): { marks: string; names: string } {
  const marks = Array.from({ length: width }, () => '─');
  let names = '';
  for (const { value, text } of x.ticks) {
    const at = Math.round((x.at(value) * (width * 2 - 1)) / 2 - 0.25);
    const start = Math.max(0, Math.min(at - Math.floor(text.length / 2), room - text.length));
    if (at < 0 || at >= width || (names !== '' && start <= names.length)) continue;
    marks[at] = '┬';
    names = names.padEnd(start) + text;
  }
  return { marks: marks.join(''), names };
}
