import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Actions } from '../actions';
import { CHOICES } from '../arguments/choices';
import { fraction, positiveNumber, temperature, wholeNumber } from '../arguments/values';
import { common, examples, type Run } from '../command';
import type { EvaluateRunOptions } from '../evaluate/run-options';

const HELP = [
  '',
  'Models: native:DIR, a checkpoint in the service; openai:https://HOST/v1#MODEL, any OpenAI-compatible endpoint; scripted:, a',
  'stand-in that answers from the annotations and looks at no video.',
  '',
  'Tasks: qa, multiple choice; tag, whether and when something anomalous happens; describe, a description with an analysis,',
  'which a --judge marks (VAU-Eval). --thinking without asks for the answer alone. Each item that has no answer is counted',
  'with its reason, and is wrong.',
  '',
  'A model or a judge that is away is waited for. Killed at any moment, the same command goes on and asks nothing twice.',
  'Reports lie in reports/ of the state directory, or where SRVAU_EVALUATION_REPORTS of the service says. Ctrl-C cancels the',
  'job and waits for it to stop; a second Ctrl-C leaves the job as it is.',
].join('\n');

export function addRunCommand(evaluate: Command, actions: Actions, run: Run): void {
  common(evaluate.command('run'))
    .summary('a model × a dataset → a report')
    .description(
      'Asks a model what a dataset asks, scores its answers and writes a report: figures as JSON, Markdown and HTML, and every ' +
        'transcript.',
    )
    .requiredOption('--model <uri>', 'the model, see below')
    .requiredOption('--dataset <dir>', 'directory of srvau dataset ingest')
    .option('--name <name>', 'of the report: a-z, 0-9 and - (default: of dataset and model)')
    .option(
      '--tasks <a,b>',
      `some of ${CHOICES.evaluationTasks.join(',')} (default: qa,tag)`,
      listOf(CHOICES.evaluationTasks),
    )
    .option(
      '--thinking <a,b>',
      'with,without or one of them (default: both for qa, with for others)',
      listOf(CHOICES.thinkings),
    )
    .addOption(
      new Option('--prompt <prompt>', 'how thinking is asked for (default: reflection-rft)').choices(
        CHOICES.thinkingPrompts,
      ),
    )
    .addOption(new Option('--split <split>', 'only rows of this split').choices(CHOICES.splits))
    .option('--limit <rows>', 'only the first rows', wholeNumber(1, Number.MAX_SAFE_INTEGER))
    .addOption(new Option('--protocol <protocol>', 'what counts (default: strict)').choices(CHOICES.protocols))
    .addOption(
      new Option(
        '--grammar <grammar>',
        'what answers are scored as; with two rounds one answer counts as unparsable (default: the last answer counts)',
      ).choices(CHOICES.grammars),
    )
    .option('--resamples <count>', 'of the bootstrap; 0: no intervals (default: 1000)', wholeNumber(0, 10_000))
    .option('--seed <seed>', 'of answers and of the bootstrap (default: 0)', wholeNumber(0, 2 ** 32 - 1))
    .option('--temperature <number>', 'of the model (default: 0)', temperature)
    .option('--top-p <share>', 'of the model', fraction)
    .option('--max-new-tokens <count>', 'of one answer (default: 1024)', wholeNumber(1, 1_000_000))
    .option('--fps <number>', 'frames per second that the model sees (default: as the dataset)', positiveNumber)
    .option('--max-pixels <count>', 'of one frame that the model sees', wholeNumber(1, 2 ** 31 - 1))
    .option('--concurrency <count>', 'items computed together, or asked at once (default: 16)', wholeNumber(1, 1024))
    .option('--judge <uri>', 'a model that marks descriptions; needs --tasks with describe')
    .option('--judge-repeats <count>', 'times each description is marked (default: 1)', wholeNumber(1, 10))
    .option('--published', "the paper's rows beside ours, marked as published")
    .option('--replace', 'take the place of a report of that name and other settings')
    .option('--idempotency-key <key>', 'the same key means the same job, also when that is over')
    .option('--detach', 'submit the job and leave; services must keep running (srvau up, or SRVAU_NATS_URL)', false)
    .addHelpText(
      'after',
      examples(
        'srvau evaluate run --model native:checkpoints/srvau --dataset datasets/msad --name msad-srvau --published',
        'srvau evaluate run --model openai:http://127.0.0.1:8000/v1#qwen --dataset d --prompt initial --limit 20',
        'srvau evaluate run --model native:m --dataset d --tasks describe --judge openai:https://api.deepseek.com/v1#deepseek-chat',
      ) + HELP,
    )
    .action((options: EvaluateRunOptions) => run(actions.evaluateRun(options)));
}

/** Some of the names, in their order. */
function listOf<T extends string>(known: readonly T[]): (text: string) => T[] {
  return (text) => {
    const names: readonly string[] = text.split(',').map((name) => name.trim());
    if (names.every((name) => known.some((each) => each === name))) return known.filter((name) => names.includes(name));
    throw new InvalidArgumentError(`Expected some of ${known.join(', ')}, with commas between.`);
  };
}
