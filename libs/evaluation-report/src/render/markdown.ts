import type { EvaluationReport } from '@srvau/contracts';
import { documentOf } from './document-of';
import type { Column, Row, Section, Table } from './report-document';

/** A report as Markdown (GitHub's tables). Texts of models, paths and ids can say nothing in its syntax. */
export function reportMarkdown(report: EvaluationReport): string {
  const { title, facts, sections } = documentOf(report);
  const lines = [
    `# ${inline(title)}`,
    '',
    ...facts.map(({ name, value }) => `- ${inline(name)}: ${inline(value)}`),
    ...sections.flatMap(sectionLines),
  ];
  return `${lines.join('\n')}\n`;
}

function sectionLines({ title, notes, table, lines }: Section): string[] {
  return [
    '',
    `## ${inline(title)}`,
    ...notes.flatMap((note) => ['', inline(note)]),
    ...(table === undefined ? [] : ['', ...tableLines(table)]),
    // Indented, as a fence could be ended by what is in it.
    ...(lines === undefined ? [] : ['', ...lines.map((line) => `    ${oneLine(line)}`)]),
  ];
}

function tableLines({ columns, rows }: Table): string[] {
  const cells = [
    columns.map(({ title }) => inline(title)),
    ...rows.map((row) => row.cells.map(inline).map(styled(row))),
  ];
  const widths = columns.map((_, index) => Math.max(3, ...cells.map((row) => (row[index] ?? '').length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, index) => padded(cell, widths[index] ?? 0, columns[index])).join(' | ')} |`;
  const [head = [], ...body] = cells;
  return [
    line(head),
    `| ${columns.map((column, index) => rule(widths[index] ?? 3, column)).join(' | ')} |`,
    ...body.map(line),
  ];
}

/** Italic: figures of others. */
const styled =
  ({ published = false }: Row) =>
  (cell: string): string =>
    published && cell !== '' ? `*${cell}*` : cell;

const padded = (cell: string, width: number, column: Column | undefined): string =>
  column?.numeric === true ? cell.padStart(width) : cell.padEnd(width);

const rule = (width: number, { numeric }: Column): string =>
  numeric ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width);

/** What could begin or end a piece of Markdown or HTML, or a cell. */
const SYNTAX = /[\\`*_[\]<>|#~$&!]/g;

const inline = (text: string): string => oneLine(text).replace(SYNTAX, '\\$&');

/** Line breaks and control characters would end what they stand in. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
