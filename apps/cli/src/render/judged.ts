import {
  type EvaluationJudgeResult,
  type RepeatAgreement,
  VAU_EVAL_DIMENSIONS,
  type VauEvalSummary,
} from '@srvau/contracts';
import type { Colors } from '../terminal';
import { table } from './table';
import { countText, plural, printable } from './text';

const HEAD = VAU_EVAL_DIMENSIONS.map((dimension) => dimension.toUpperCase());
const IDS_SHOWN = 3;

/** VAU-Eval of descriptions, in the shape of the paper's Table 1. `took` is how long the job ran, e.g. `12 s`. */
export function judgedText(result: EvaluationJudgeResult, took: string | null, colors: Colors): string {
  const { judged, items, judge, answeredBy, promptId, promptHash, repeats } = result;
  const others = Object.keys(answeredBy).filter((name) => name !== judge.model);
  const served = others.length === 0 ? '' : `, answered by ${others.map(printable).join(', ')}`;
  const times = repeats === 1 ? '' : `, ${repeats} times each`;
  const parts = [
    [
      `${colors.bold('VAU-Eval')}  ${countText(judged)} of ${plural(items, 'item')} judged${times}`,
      colors.dim(`  by ${printable(judge.model)}${served}; prompt ${promptId} ${promptHash.slice(0, 12)}`),
    ].join('\n'),
    marksText(result, colors),
    ...agreementText(result, colors),
    ...unscoredText(result, colors),
    `${colors.green('✓')} ${printable(result.out)}${took === null ? '' : colors.dim(` in ${took}`)}`,
  ];
  return parts.join('\n\n');
}

function marksText({ dimensions, total }: VauEvalSummary, colors: Colors): string {
  const means = [...VAU_EVAL_DIMENSIONS.map((dimension) => dimensions[dimension].mean), total];
  return table([means.map(markText)], colors, { head: [...HEAD, 'TOTAL'], right: means.map((_, i) => i), indent: 2 });
}

function agreementText({ agreement }: VauEvalSummary, colors: Colors): string[] {
  if (agreement === null) return [];
  const columns = [...VAU_EVAL_DIMENSIONS.map((dimension) => agreement[dimension]), agreement.total];
  const row = (name: string, figure: (column: RepeatAgreement) => number | null): string[] => [
    name,
    ...columns.map((column) => markText(figure(column))),
  ];
  const rows = [
    row('mean |difference|', ({ meanAbsoluteDifference }) => meanAbsoluteDifference),
    row('equal marks, %', ({ exact }) => exact),
    row("Krippendorff's alpha", ({ alpha }) => alpha),
  ];
  const figures = table(rows, colors, { head: ['', ...HEAD, 'TOTAL'], right: columns.map((_, i) => i + 1), indent: 2 });
  return [`${colors.bold('agreement of repeats')}\n${figures}`];
}

function unscoredText({ judged, unscored, faults, replies }: VauEvalSummary, colors: Colors): string[] {
  const parts: string[] = [];
  if (unscored.count > 0) {
    const rows = Object.entries(unscored.reasons).map(([reason, { count, ids }]) => {
      const more = count > IDS_SHOWN ? ', …' : '';
      return [reason, countText(count), `${ids.slice(0, IDS_SHOWN).map(printable).join(', ')}${more}`];
    });
    const others = judged === 0 ? '' : '; the means are over the others';
    const head = `${colors.yellow('without marks')}: ${plural(unscored.count, 'item')}${others}`;
    parts.push(`${head}\n${table(rows, colors, { right: [1], indent: 2 })}`);
  }
  const sentBack = Object.entries(faults);
  if (sentBack.length > 0) {
    const rows = sentBack.map(([fault, count]) => [fault, countText(count)]);
    parts.push(
      `not taken, of ${plural(replies, 'reply', 'replies')}\n${table(rows, colors, { right: [1], indent: 2 })}`,
    );
  }
  return parts;
}

/** Two decimals, as the paper prints them. */
const markText = (mark: number | null): string => (mark === null ? '–' : mark.toFixed(2));
