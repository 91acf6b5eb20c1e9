import type { ComparedFigure, ComparedPart, ReportComparison, ReportSummary } from '@srvau/contracts';
import { datasetLabel, resultName } from '@srvau/evaluation-report';
import type { Colors } from '../terminal';
import { table } from './table';
import { clip, countText, plural, printable } from './text';

const MAX_SETTING = 48;
const IDS_SHOWN = 3;

/** Two reports, what was done otherwise, and each figure's difference. */
export function reportComparisonText(comparison: ReportComparison, colors: Colors): string {
  const { differences, conflicts, parts, unmatched, bootstrap } = comparison;
  const settings = differences.map(({ field, first, second }) => [
    conflicts.includes(field) ? colors.yellow(printable(field)) : printable(field),
    ...[first, second].map((value) => clip(printable(value), MAX_SETTING)),
  ]);
  const rows = parts.flatMap((part) => part.figures.map((figure) => figureRow(part, figure, comparison, colors)));
  const head = [
    ...['RESULT', 'DATASET', 'FIGURE', 'ITEMS', 'FIRST', 'SECOND', 'Δ', `${bootstrap.level} %`],
    ...['ONLY FIRST', 'ONLY SECOND', 'p'],
  ];
  const remarks = [
    ...parts.filter(({ dataset }) => dataset === null).flatMap(remarksOf),
    ...unmatched.map((result) => `${resultName(result)}: only in the ${result.report}`),
    ...conflicts.map((field) => `compared in spite of ${printable(field)}`),
  ];
  return [
    table([standing('first', comparison.first, colors), standing('second', comparison.second, colors)], colors),
    settings.length === 0
      ? colors.dim('made alike')
      : table(settings, colors, { head: ['MADE OTHERWISE', 'FIRST', 'SECOND'] }),
    ...(rows.length === 0 ? [] : [table(rows, colors, { head, right: [3, 4, 5, 6, 7, 8, 9, 10] })]),
    ...(remarks.length === 0 ? [] : [remarks.map((remark) => `${colors.yellow('!')} ${remark}`).join('\n')]),
    colors.dim(
      `Δ is second − first over the items that both scored; paired bootstrap, ${countText(bootstrap.resamples)} resamples, ` +
        `seed ${bootstrap.seed}; p by McNemar's exact test, of the items that only one has right.`,
    ),
  ].join('\n\n');
}

function standing(which: string, { name, model, dataset, protocol }: ReportSummary, colors: Colors): string[] {
  const { identity } = model;
  return [
    colors.dim(which),
    colors.bold(printable(name)),
    printable(`${identity.model} (${identity.backend})`),
    printable(`${dataset.name}, ${plural(dataset.rows, 'row')}`),
    printable(protocol.name),
  ];
}

function figureRow(part: ComparedPart, figure: ComparedFigure, { first }: ReportComparison, colors: Colors): string[] {
  const { difference, interval, mcNemar } = figure;
  const dataset = part.dataset === null ? 'all' : datasetLabel(part.dataset, first.dataset.name);
  return [
    ...[resultName(part), printable(dataset), figure.figure, countText(part.pairs)],
    ...[valueText(figure.first), valueText(figure.second)],
    deltaText(difference, interval, colors),
    interval === null ? '' : `${signed(interval[0])} to ${signed(interval[1])}`,
    ...(mcNemar === null
      ? ['', '', '']
      : [countText(mcNemar.onlyFirst), countText(mcNemar.onlySecond), probabilityText(mcNemar.exactP)]),
  ];
}

const valueText = (value: number | null): string => (value === null ? '–' : value.toFixed(2));
const signed = (value: number): string => `${value > 0 ? '+' : ''}${value.toFixed(2)}`;
const probabilityText = (p: number): string => (p < 0.0001 ? '< 0.0001' : p.toFixed(4));

/** Coloured where the interval leaves nought out. */
function deltaText(difference: number | null, interval: ComparedFigure['interval'], colors: Colors): string {
  if (difference === null) return '–';
  const text = signed(difference);
  if (interval === null || (interval[0] <= 0 && interval[1] >= 0)) return text;
  return difference > 0 ? colors.green(text) : colors.red(text);
}

function remarksOf(part: ComparedPart): string[] {
  const of = (what: string, { count, ids }: ComparedPart['onlyFirst']): string[] => {
    if (count === 0) return [];
    const shown = ids.slice(0, IDS_SHOWN).map(printable).join(', ');
    return [`${resultName(part)}: ${plural(count, 'item')} ${what} (${shown}${count > IDS_SHOWN ? ', …' : ''})`];
  };
  return [
    ...of('scored by the first alone', part.onlyFirst),
    ...of('scored by the second alone', part.onlySecond),
    ...of('of another truth, not compared', part.otherTruth),
  ];
}
