import { type Command, Option } from 'commander';
import type { Actions } from '../actions';
import { CHOICES } from '../arguments/choices';
import { wholeNumber } from '../arguments/values';
import { common, examples, type Run } from '../command';
import { addPredictCommand } from './evaluate-predict-program';
import type { EvaluateScoreOptions } from '../options';
import { addJudgeCommand } from './evaluate-judge-program';
import { addReportCommands } from './evaluate-reports-program';
import { addRunCommand } from './evaluate-run-program';

const MAX_RESAMPLES = 10_000;
const MAX_SEED = 2 ** 32 - 1;

const ROW_HELP = [
  '',
  'References and predictions are JSON, one object a line:',
  '  {"id": "q1", "task": "qa", "label": "B", "anomalyClass": "Fire"}',
  '  {"id": "t1", "task": "tag", "normal": false, "spanSec": [3.5, 8]}',
  '  {"id": "q1", "completion": "<think>…</think><answer>B</answer>"}',
  '  {"id": "t1", "answer": "Anomaly", "spanSec": [3, 8.5]}',
  'A completion is read as the rewards read it: the last answer counts. What is missing or cannot be read is wrong, and is',
  'counted and named. --protocol vau-bench counts as the published evaluator: of grounding, every reference with a span',
  'takes part and no other, spans are compared whatever the verdict, and what is missing leaves the denominator.',
  'With --json the output is one object of all figures; percentages are 0 to 100.',
].join('\n');

export function addEvaluateCommands(program: Command, actions: Actions, run: Run): void {
  const evaluate = program
    .command('evaluate')
    .description('Ask models about videos, and tell how good their answers are.');

  common(evaluate.command('score'))
    .summary('score predictions against references, in this process')
    .description('Scores predictions: QA accuracy, temporal IoU and recall, transitions, with bootstrap intervals.')
    .requiredOption('--predictions <file>', 'JSON lines, see below; - for standard input')
    .requiredOption('--references <file>', 'JSON lines, see below; - for standard input')
    .addOption(new Option('--protocol <protocol>', 'what counts').choices(CHOICES.protocols).default('strict'))
    .addOption(
      new Option(
        '--grammar <grammar>',
        'what the model was to write; with two rounds a completion of one answer counts as unparsable',
      ).choices(CHOICES.grammars),
    )
    .option('--resamples <count>', 'of the bootstrap; 0: no intervals', wholeNumber(0, MAX_RESAMPLES), 1_000)
    .option('--seed <seed>', 'of the bootstrap', wholeNumber(0, MAX_SEED), 0)
    .addHelpText(
      'after',
      [
        examples(
          'srvau evaluate score --predictions predictions.jsonl --references references.jsonl',
          'srvau evaluate score --predictions - --references r.jsonl --protocol vau-bench --json < p.jsonl | jq .tag.mIoU',
        ),
        ROW_HELP,
      ].join('\n'),
    )
    .action((options: EvaluateScoreOptions) => run(actions.evaluateScore(options)));

  addRunCommand(evaluate, actions, run);

  addPredictCommand(evaluate, actions, run);

  addJudgeCommand(evaluate, actions, run);

  addReportCommands(evaluate, actions, run);
}
