import type { ReportSummary } from '@srvau/contracts';
import { type ReportDocument, resultName, type Section } from '@srvau/evaluation-report';
import type { Colors } from '../terminal';
import { table } from './table';
import { countText, printable, wrap } from './text';

/** A line for each report, with the figure by which each of its results is known. */
export function reportListText(reports: readonly ReportSummary[], colors: Colors): string {
  const rows = reports.map(({ name, model, dataset, protocol, results }) => [
    colors.bold(printable(name)),
    printable(model.identity.model),
    printable(dataset.split === null ? dataset.name : `${dataset.name} ${dataset.split}`),
    countText(dataset.rows),
    printable(protocol.name),
    results
      .map((result) => `${resultName(result)}: ${result.headline.figure} ${valueText(result.headline.value)}`)
      .join('\n'),
  ]);
  return table(rows, colors, { head: ['REPORT', 'MODEL', 'DATASET', 'ROWS', 'PROTOCOL', 'RESULTS'], right: [3] });
}

const valueText = (value: number | null): string => (value === null ? '–' : value.toFixed(2));

export interface ReportStyle {
  /** Details too. */
  full: boolean;
  colors: Colors;
  columns: number;
}

/** A report with its tables. */
export function reportText({ title, facts, sections }: ReportDocument, style: ReportStyle): string {
  const { colors, full } = style;
  const head = table(
    facts.map(({ name, value }) => [colors.dim(name), printable(value)]),
    colors,
  );
  const shown = sections.filter(({ isDetail = false }) => full || !isDetail);
  return [colors.bold(printable(title)), head, ...shown.map((section) => sectionText(section, style))].join('\n\n');
}

function sectionText({ title, notes, table: of, lines = [] }: Section, { colors, columns }: ReportStyle): string {
  const said = notes.flatMap((note) => wrap(printable(note), columns));
  const cells = of?.rows.map(({ cells: row, published = false }) =>
    row.map((cell) => (published ? colors.dim(printable(cell)) : printable(cell))),
  );
  const head = of?.columns.map((column) => column.title) ?? [];
  const right = of?.columns.flatMap(({ numeric }, index) => (numeric ? [index] : [])) ?? [];
  return [
    colors.bold(printable(title)),
    ...said.map((line) => colors.dim(line)),
    ...(cells === undefined ? [] : [table(cells, colors, { head, right, indent: 2 })]),
    ...lines.map((line) => `  ${printable(line)}`),
  ].join('\n');
}
