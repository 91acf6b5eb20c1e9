import type { EvaluationRunResult } from '@srvau/contracts';
import type { Colors } from '../terminal';
import { table } from './table';
import { countText, plural, printable } from './text';

const FIGURES: Readonly<Record<string, string>> = { qa: 'accuracy, %', tag: 'mIoU, %', describe: 'VAU-Eval, of 50' };
const THINKING: Readonly<Record<string, string>> = { with: 'w/ think', without: 'w/o think' };

/** What an evaluation came to; the report has the rest. `took` is how long the job ran, e.g. `12 s`. */
export function evaluationRunText(result: EvaluationRunResult, took: string | null, colors: Colors): string {
  const { name, report, rows, items, answered, missing, unscored, figures, timings } = result;
  const lines = Object.entries(figures).map(([key, figure]) => {
    const [task = '', thinking = ''] = key.split(':');
    return [task, THINKING[thinking] ?? thinking, FIGURES[task] ?? '', figure === null ? '–' : figure.toFixed(2)];
  });
  const rate = timings.askSec > 0 && timings.answeredNow > 0 ? timings.answeredNow / timings.askSec : null;
  const speed = rate === null ? '' : colors.dim(`, ${rate.toFixed(rate < 10 ? 2 : 0)} a second`);
  return [
    `${colors.bold(printable(name))}  ${countText(answered)} of ${plural(items, 'item')} of ${plural(rows, 'row')} answered${speed}`,
    table(lines, colors, { right: [3], indent: 2 }),
    ...[
      { what: 'without an answer', count: plural(missing, 'item'), any: missing > 0 },
      { what: 'without marks', count: plural(unscored, 'description'), any: unscored > 0 },
    ]
      .filter(({ any }) => any)
      .map(({ what, count }) => `${colors.yellow(what)}: ${count}; the report says why, and counts them`),
    `${colors.green('✓')} ${printable(report)}${took === null ? '' : colors.dim(` in ${took}`)}`,
  ].join('\n\n');
}
