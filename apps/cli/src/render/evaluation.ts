import {
  type EvaluationScores,
  type GroundingFigures,
  type NamedIds,
  type Percent,
  type PercentInterval,
  RECALL_THRESHOLDS,
  type ScoreIntervals,
} from '@srvau/contracts';
import type { Colors } from '../terminal';
import { table } from './table';
import { countText, plural, printable } from './text';

const IDS_SHOWN = 3;
const RECALLS = RECALL_THRESHOLDS.map((threshold) => `R@${threshold}`);
const COUNTS = ['ROWS', 'UNPARSABLE', 'MISSING', 'SKIPPED'];

/** The figures of predictions, for people. Percentages with two decimals, as papers print them. */
export function evaluationText(scores: EvaluationScores, colors: Colors): string {
  const sections = [
    [colors.bold(`protocol ${scores.protocol.name}`), `  ${coverageText(scores)}`],
    taken(scores.qa) ? [colors.bold('questions'), qaText(scores, colors)] : [],
    taken(scores.tag) ? [colors.bold('grounding'), tagText(scores, colors)] : [],
    transitionsText(scores, colors),
    classesText(scores, colors),
    remarks(scores, colors),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

interface Part {
  total: number;
  unparsable: number;
  missing: number;
  skipped: number;
}

/** Whether any reference asks for it. */
const taken = ({ total, skipped, missing }: Part): boolean => total + skipped + missing > 0;

const counts = ({ total, unparsable, missing, skipped }: Part): string[] =>
  [total, unparsable, missing, skipped].map(countText);

function coverageText({ coverage }: EvaluationScores): string {
  const { references, predictions, percent } = coverage;
  return `${plural(references, 'reference')}, ${plural(predictions, 'prediction')}, ${percent.toFixed(2)} % answered`;
}

function qaText({ qa, intervals }: EvaluationScores, colors: Colors): string {
  const head = [...COUNTS, 'CORRECT', 'ACCURACY'];
  const rows = [[...counts(qa), countText(qa.correct), percentText(qa.accuracy)]];
  return figures(head, rows, [intervalText(intervals?.qa.accuracy)], intervals, colors);
}

function tagText({ tag, intervals }: EvaluationScores, colors: Colors): string {
  const rows = [[...counts(tag), ...groundingTexts(tag)]];
  const ends = [intervals?.tag.mIoU, ...RECALL_THRESHOLDS.map((threshold) => intervals?.tag.recall[threshold])];
  const lines = [figures([...COUNTS, 'mIoU', ...RECALLS], rows, ends.map(intervalText), intervals, colors)];
  const { anomalous, normal } = tag;
  // Where there are normal videos, the mean is one of two different things.
  if (normal.total > 0) {
    const [mIoU = '', ...recalls] = groundingTexts(anomalous);
    const found = recalls.map((recall, i) => `${RECALLS[i] ?? ''} ${recall}`).join(', ');
    lines.push(
      `  of these ${countText(anomalous.total)} anomalous: mIoU ${mIoU}, ${found}`,
      `  of these ${countText(normal.total)} normal: called so ${percentText(normal.accuracy)}`,
    );
  }
  return lines.join('\n');
}

/** One row of figures, and their intervals below the last of them. */
function figures(
  head: readonly string[],
  rows: readonly string[][],
  ends: readonly string[],
  intervals: ScoreIntervals | null,
  colors: Colors,
): string {
  const padding = new Array<string>(head.length - ends.length).fill('');
  const below = intervals === null ? [] : [[...padding, ...ends].map((text) => colors.dim(text))];
  return table([...rows, ...below], colors, { head, right: head.map((_, i) => i), indent: 2 });
}

function transitionsText({ transitions }: EvaluationScores, colors: Colors): string[] {
  const rows = (['qa', 'tag'] as const).flatMap((task) => {
    const { correctToCorrect, wrongToCorrect, wrongToWrong, correctToWrong, total } = transitions[task];
    const cells = [correctToCorrect, wrongToCorrect, wrongToWrong, correctToWrong, total];
    return total === 0 ? [] : [[task === 'qa' ? 'questions' : 'grounding', ...cells.map(countText)]];
  });
  if (rows.length === 0) return [];
  const head = ['', 'C→C', 'W→C', 'W→W', 'C→W', 'ROWS'];
  return [colors.bold('first → final answer'), table(rows, colors, { head, right: [1, 2, 3, 4, 5], indent: 2 })];
}

function classesText({ classes }: EvaluationScores, colors: Colors): string[] {
  const rows = classes.map(({ anomalyClass, qa, tag }) => [
    printable(anomalyClass),
    ...[countText(qa.total), percentText(qa.accuracy), countText(tag.total), ...groundingTexts(tag)],
  ]);
  if (rows.length === 0) return [];
  const head = ['CLASS', 'QUESTIONS', 'ACCURACY', 'GROUNDING', 'mIoU', ...RECALLS];
  return [colors.bold('by class'), table(rows, colors, { head, right: head.map((_, i) => i).slice(1), indent: 2 })];
}

function remarks({ coverage, skipped, faults }: EvaluationScores, colors: Colors): string[] {
  const { missing, unknown, duplicate } = coverage;
  const named: [string, NamedIds][] = [
    ['without a prediction', missing],
    ['predictions of unknown ids, passed over', unknown],
    ['predictions of an id that came before, passed over', duplicate],
    ...Object.entries(skipped).map(([reason, ids]): [string, NamedIds] => [`skipped, ${reason}`, ids]),
    ...Object.entries(faults).map(([reason, ids]): [string, NamedIds] => [`predictions, ${reason}`, ids]),
  ];
  const lines = named
    .filter(([, { count }]) => count > 0)
    .map(([what, { count, ids }]) => {
      const first = ids.slice(0, IDS_SHOWN).map(printable).join(', ');
      return `  ${what}: ${countText(count)} (${first}${count > IDS_SHOWN ? ', …' : ''})`;
    });
  return lines.length === 0 ? [] : [colors.bold('to look at'), ...lines];
}

const groundingTexts = ({ mIoU, recall }: GroundingFigures): string[] =>
  [mIoU, ...RECALL_THRESHOLDS.map((threshold) => recall[threshold])].map(percentText);

const percentText = (value: Percent): string => (value === null ? '-' : value.toFixed(2));

function intervalText(interval: PercentInterval | undefined): string {
  return interval === undefined || interval === null ? '' : interval.map((end) => end.toFixed(2)).join('–');
}
