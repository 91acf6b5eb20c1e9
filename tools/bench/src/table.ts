import { type BenchReport } from './report';

const HEADER = ['', 'ours', 'peer', 'ratio', 'limit', 'met'];

/** A report as text: a table, then its notes. */
export function renderReport({ name, rows, notes = [] }: BenchReport): string {
  const cells = rows.map((row) => [
    row.name,
    `${number(row.value)} ${row.unit}`,
    row.peer === undefined ? '–' : `${number(row.peer)} ${row.unit}`,
    row.ratio === undefined ? '–' : row.ratio.toFixed(2),
    row.target ?? '–',
    verdict(row),
  ]);
  const widths = HEADER.map((title, i) =>
    Math.max(...[HEADER, ...cells].map((line) => line[i]?.length ?? 0), title.length),
  );
  const lines = [HEADER, ...cells].map((line) =>
    line
      // Names and limits are words; what lies between are numbers, whose ends belong below each other.
      .map((cell, i) => (i === 0 || i > 3 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return [name, ...lines.map((line) => `  ${line}`), ...notes.map((note) => `  · ${note}`), ''].join('\n');
}

function verdict({ target, ok }: BenchReport['rows'][number]): string {
  if (target === undefined) return '–';
  return ok === undefined ? 'not measured' : ok ? '✓' : '✗';
}

/** Three significant digits, and never fewer than all before the point. */
function number(value: number): string {
  return value >= 100 ? String(Math.round(value)) : value.toPrecision(3);
}
