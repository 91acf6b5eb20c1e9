import type { Command } from 'commander';
import type { Actions } from '../actions';
import { wholeNumber } from '../arguments/values';
import { common, examples, type Run } from '../command';
import type { EvaluateCompareOptions, EvaluateReportsOptions } from '../evaluate/report-options';

const MAX_RESAMPLES = 10_000;
const MAX_SEED = 2 ** 32 - 1;

const DIR_HELP = 'directory of the reports (default: SRVAU_EVALUATION_REPORTS, or reports/ in SRVAU_HOME)';
const PLACE_HELP =
  'A report is a name in that directory, or with a slash the path or URI of its own: ./r1, s3://bucket/r1';

/** `srvau evaluate reports` and `compare`: read the directories of reports themselves; need no service. */
export function addReportCommands(evaluate: Command, actions: Actions, run: Run): void {
  common(evaluate.command('reports'))
    .summary('list the reports of evaluations, or show one')
    .description('Lists reports with the figure by which each result is known, or shows one with its tables.')
    .argument('[report]', 'the one to show')
    .option('--dir <dir>', DIR_HELP)
    .option('--full', 'also figures by class, answers, prompts, settings', false)
    .option('--markdown', 'as Markdown', false)
    .addHelpText(
      'after',
      [
        examples(
          'srvau evaluate reports',
          'srvau evaluate reports msad-tiny-vl',
          'srvau evaluate reports ./reports/r1 --markdown > r1.md',
          'srvau evaluate reports msad-tiny-vl --json | jq .tables.grounding',
        ),
        '',
        `${PLACE_HELP}.`,
      ].join('\n'),
    )
    .action((report: string | undefined, options: Omit<EvaluateReportsOptions, 'report'>) =>
      run(actions.evaluateReports(report === undefined ? options : { ...options, report })),
    );

  common(evaluate.command('compare'))
    .summary('hold one report against another, item by item')
    .description('Compares two evaluations over the items that both scored: paired bootstrap intervals, McNemar tests.')
    .argument('<first>', 'what the other is held against')
    .argument('<second>', 'report; differences above 0 say that it is better')
    .option('--dir <dir>', DIR_HELP)
    .option('--resamples <count>', 'of the bootstrap', wholeNumber(1, MAX_RESAMPLES), 1_000)
    .option('--seed <seed>', 'of the bootstrap', wholeNumber(0, MAX_SEED), 0)
    .option('--anyway', 'in spite of another dataset, protocol or judge', false)
    .addHelpText(
      'after',
      [
        examples(
          'srvau evaluate compare msad-base msad-srvau-r1',
          "srvau evaluate compare ./a ./b --json | jq '.parts[] | {task, thinking, figures}'",
        ),
        '',
        `${PLACE_HELP}.`,
        'Only items with the same truth in both are paired. Reports of another dataset, protocol or judge are refused by name.',
      ].join('\n'),
    )
    .action((first: string, second: string, options: Omit<EvaluateCompareOptions, 'first' | 'second'>) =>
      run(actions.evaluateCompare({ ...options, first, second })),
    );
}
