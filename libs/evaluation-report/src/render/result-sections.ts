import {
  type EvaluationReport,
  RECALL_THRESHOLDS,
  type ReportFigures,
  type ReportResult,
  type TransitionCounts,
} from '@srvau/contracts';
import { datasetLabel } from '../build/report-tables';
import { count, interval, twoPlaces } from './numbers';
import { numbers, type Row, type Section, texts } from './report-document';

/** How a result is called. */
export const resultName = ({ task, thinking }: Pick<ReportResult, 'task' | 'thinking'>): string =>
  `${task}, ${thinking === 'with' ? 'w/ think' : 'w/o think'}`;

/** Every figure with its interval and denominator, what thinking again changed, and figures by class. */
export function resultSections(report: EvaluationReport): Section[] {
  const { results } = report;
  return [figureSection(report), ...transitionSection(results), ...classSection(results)];
}

function figureSection({ results, dataset }: EvaluationReport): Section {
  const rows = results.flatMap((result) => {
    const parts = result.datasets.map((part) => ({ label: datasetLabel(part.dataset, dataset.name), figures: part }));
    const shown = parts.length > 1 ? [...parts, { label: 'all', figures: result }] : parts;
    return shown.flatMap(({ label, figures }) => figureRows(resultName(result), label, figures, result.task));
  });
  const level = results.map(({ scores }) => scores?.intervals?.level).find((each) => each !== undefined);
  return {
    title: 'Figures',
    notes: [
      ...(level === undefined ? [] : [`Intervals: percentile bootstrap over the items, ${level} %.`]),
      'Of the items that take part, what is missing or cannot be read counts as wrong, except that the protocol vau-bench leaves ' +
        'what is missing out of grounding.',
    ],
    table: {
      columns: [
        ...texts('Result', 'Dataset', 'Figure'),
        ...numbers('Value', 'Interval', 'Out of', 'Unparsable', 'Missing', 'Takes no part'),
      ],
      rows,
    },
  };
}

function figureRows(result: string, dataset: string, figures: ReportFigures, task: ReportResult['task']): Row[] {
  const { scores, vauEval, counts } = figures;
  const head = [result, dataset];
  if (task === 'describe') {
    const judged = vauEval?.judged ?? 0;
    const unscored = count((vauEval?.items ?? counts.items) - judged);
    const value = twoPlaces(vauEval?.total ?? null);
    return [
      { cells: [...head, 'VAU-Eval total', value, '–', count(judged), '–', count(counts.missing.count), unscored] },
    ];
  }
  if (scores === null) return [];
  const { qa, tag, intervals } = scores;
  const of = task === 'qa' ? qa : tag;
  const counted = [of.total, of.unparsable, of.missing, of.skipped].map(count);
  const row = (figure: string, value: number | null, range: readonly [number, number] | null | undefined): Row => ({
    cells: [...head, figure, twoPlaces(value), interval(range ?? null), ...counted],
  });
  if (task === 'qa') return [row('accuracy', qa.accuracy, intervals?.qa.accuracy)];
  return [
    row('mIoU', tag.mIoU, intervals?.tag.mIoU),
    ...RECALL_THRESHOLDS.map((at) => row(`R@${at}`, tag.recall[at], intervals?.tag.recall[at])),
  ];
}

function transitionSection(results: readonly ReportResult[]): Section[] {
  const rows = results.flatMap(({ scores, ...result }) => {
    const counts = result.task === 'describe' ? undefined : scores?.transitions[result.task];
    return counts === undefined || counts.total === 0 ? [] : [transitionRow(resultName(result), counts)];
  });
  if (rows.length === 0) return [];
  return [
    {
      title: 'From the first answer to the final one',
      notes: ['C: correct, W: wrong; in grounding by the verdict alone.'],
      table: { columns: [...texts('Result'), ...numbers('C→C', 'W→C', 'W→W', 'C→W', 'Total')], rows },
    },
  ];
}

function transitionRow(result: string, counts: TransitionCounts): Row {
  const { correctToCorrect, wrongToCorrect, wrongToWrong, correctToWrong, total } = counts;
  return { cells: [result, ...[correctToCorrect, wrongToCorrect, wrongToWrong, correctToWrong, total].map(count)] };
}

function classSection(results: readonly ReportResult[]): Section[] {
  const rows = results.flatMap(({ scores, ...result }) =>
    (scores?.classes ?? []).flatMap(({ anomalyClass, qa, tag }): Row[] => {
      const head = [resultName(result), anomalyClass];
      if (result.task === 'qa') {
        return qa.total === 0 ? [] : [{ cells: [...head, 'accuracy', twoPlaces(qa.accuracy), count(qa.total)] }];
      }
      return tag.total === 0 ? [] : [{ cells: [...head, 'mIoU', twoPlaces(tag.mIoU), count(tag.total)] }];
    }),
  );
  if (rows.length === 0) return [];
  const columns = [...texts('Result', 'Class', 'Figure'), ...numbers('Value', 'Out of')];
  return [{ title: 'By class', notes: [], table: { columns, rows }, isDetail: true }];
}
