import { type EvaluationReport, type GroundingTableRow, type QaTableRow, VAU_EVAL_DIMENSIONS } from '@srvau/contracts';
import { isTotalOff } from '../published/published-rows';
import { twoPlaces } from './numbers';
import { numbers, type Row, type Section, texts } from './report-document';

type TableRow = QaTableRow | GroundingTableRow;

/** The tables in the shape of the paper's. */
export function tableSections({ tables }: EvaluationReport): Section[] {
  const sections: Section[] = [];
  if (tables.qa.length > 0) {
    sections.push({
      title: 'Question answering and VAU-Eval',
      notes: [
        'In the shape of Tables 1 and 7 of the paper. Accuracy in percent; marks of the judge from 0 to 10, their total from 0 to 50.',
        ...publishedNotes(tables.qa),
        ...totalNotes(tables.qa),
      ],
      table: {
        columns: [
          ...texts('Dataset', 'Model'),
          ...numbers(
            'Acc w/o think',
            'Acc w/ think',
            ...VAU_EVAL_DIMENSIONS.map((name) => name.toUpperCase()),
            'Total',
          ),
          ...texts('Figures'),
        ],
        rows: tables.qa.map((row) =>
          tableRow(row, [
            row.withoutThink,
            row.withThink,
            ...VAU_EVAL_DIMENSIONS.map((name) => row.vauEval[name]),
            row.total,
          ]),
        ),
      },
    });
  }
  if (tables.grounding.length > 0) {
    sections.push({
      title: 'Temporal grounding',
      notes: ['In the shape of Table 2 of the paper; percent.', ...publishedNotes(tables.grounding)],
      table: {
        columns: [...texts('Dataset', 'Model'), ...numbers('mIoU', 'R@0.3', 'R@0.5', 'R@0.7'), ...texts('Figures')],
        rows: tables.grounding.map((row) => tableRow(row, [row.mIoU, row['R@0.3'], row['R@0.5'], row['R@0.7']])),
      },
    });
  }
  return sections;
}

function tableRow(row: TableRow, figures: readonly (number | null)[]): Row {
  const { dataset, model, origin } = row;
  const from = origin.kind === 'measured' ? 'measured' : `published, Table ${origin.table}`;
  return { cells: [dataset, model, ...figures.map(twoPlaces), from], published: origin.kind === 'published' };
}

const isPublished = ({ origin }: TableRow): boolean => origin.kind === 'published';

function publishedNotes(rows: readonly TableRow[]): string[] {
  if (!rows.some(isPublished)) return [];
  return [
    'Published rows stand as the paper prints them and were not measured here. They compare with ours only where dataset, split, ' +
      'protocol and judge are the same.',
  ];
}

function totalNotes(rows: readonly QaTableRow[]): string[] {
  const off = rows.filter((row) => isPublished(row) && isTotalOff(row));
  if (off.length === 0) return [];
  const names = off.map(({ dataset, model }) => `${model} on ${dataset}`).join(', ');
  return [`The printed total is not the sum of the printed marks in ${off.length} published rows: ${names}.`];
}
