import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Actions } from '../actions';
import { CHOICES } from '../arguments/choices';
import { fraction, positiveNumber, share, temperature, tokenPrice, wholeNumber } from '../arguments/values';
import { common, examples, type Run } from '../command';
import type { BuildOptions } from '../options';

const MAX = Number.MAX_SAFE_INTEGER;

const HELP = [
  '',
  'Models: native:DIR, a checkpoint in the service; openai:https://HOST/v1#MODEL, any OpenAI-compatible endpoint, with its',
  'key in SRVAU_OPENAI_API_KEY or the file SRVAU_OPENAI_API_KEY_FILE of the service; scripted:, a stand-in that writes from',
  'the annotations and looks at no video.',
  '',
  'A model that is away is waited for. Ctrl-C cancels the job and waits for it to stop; a second Ctrl-C leaves the job as',
  'it is. With --json the last line of standard output is the summary; everything else goes to standard error.',
].join('\n');

/** `srvau dataset build`. */
export function addBuildCommand(dataset: Command, actions: Actions, run: Run): void {
  common(dataset.command('build'))
    .summary('a dataset → D_reflect, with a base model and a teacher')
    .description(
      'Makes reflection data: the base model answers, the teacher reflects on the answer and revises it, and what passes the\n' +
        'checks becomes a record. Interrupted at any point, the same command goes on from what is done.',
    )
    .requiredOption('--dataset <dir>', 'directory of srvau dataset ingest')
    .requiredOption('--model <uri>', 'the base model')
    .requiredOption('--teacher <uri>', 'reflects and revises, with the truth before it')
    .requiredOption('--out <dir>', 'directory to write: new, empty, or an earlier build of the same settings')
    .option('--tasks <a,b>', `which tasks (default: ${CHOICES.tasks.join(',')})`, taskList)
    .option('--samples <count>', 'answers of the base model to each question (default: 1)', wholeNumber(1, 64))
    .option('--max-attempts <count>', 'replies asked of each model for one item (default: 3)', wholeNumber(1, 20))
    .option('--limit <rows>', 'only the first rows', wholeNumber(1, MAX))
    .option('--seed <number>', 'the same seed draws the same answers (default: 0)', wholeNumber(0, MAX))
    .option('--temperature <number>', 'of the base model (default: 1)', temperature)
    .option('--top-p <share>', 'of the base model', fraction)
    .option('--max-new-tokens <count>', 'of the base model', wholeNumber(1, 1_000_000))
    .option('--teacher-temperature <number>', 'of the teacher (default: its own)', temperature)
    .option('--teacher-top-p <share>', 'of the teacher', fraction)
    .option('--teacher-max-new-tokens <count>', 'of the teacher', wholeNumber(1, 1_000_000))
    .addOption(new Option('--teacher-sees <what>', 'whether the teacher is shown the video').choices(['video', 'text']))
    .option('--fps <number>', 'frames per second that models see (default: as the dataset)', positiveNumber)
    .option('--max-pixels <count>', 'of one frame that models see', wholeNumber(1, 2 ** 31 - 1))
    .option('--max-records <count>', 'stop at so many records', wholeNumber(1, MAX))
    .option('--max-tokens <count>', 'stop at so many tokens of both models', wholeNumber(1, MAX))
    .option('--max-cost <usd>', 'stop at this cost; needs a price', positiveNumber)
    .option('--model-price <in/out>', 'USD for a million tokens of prompts/answers, e.g. 0.1/0.4', tokenPrice)
    .option('--teacher-price <in/out>', 'the same for the teacher', tokenPrice)
    .option('--min-span-iou <share>', 'overlap of a revised span with the true one (default: 0.5)', share)
    .option('--max-copied-share <share>', 'of a reply, word by word from the annotation (default: 0.4)', share)
    .option('--any-language', 'take replies that are not English')
    .option('--shard-items <count>', 'items that a worker takes at a time', wholeNumber(1, 1000))
    .option('--accept-changes', 'go on with an unfinished build under other settings')
    .option('--idempotency-key <key>', 'the same key means the same job, also when that is over')
    .option('--detach', 'submit the job and leave; services must keep running (srvau up, or SRVAU_NATS_URL)', false)
    .addHelpText(
      'after',
      examples(
        'srvau dataset build --dataset datasets/msad --model native:checkpoints/base --teacher scripted: --out reflect/msad',
        'srvau dataset build --dataset d --model openai:http://127.0.0.1:8000/v1#base --teacher openai:http://127.0.0.1:8001/v1#large --out r',
      ) + HELP,
    )
    .action(({ maxCost, ...options }: BuildOptions & { maxCost?: number }) =>
      run(actions.datasetBuild({ ...options, ...(maxCost === undefined ? {} : { maxCostUsd: maxCost }) })),
    );
}

function taskList(text: string): string[] {
  const names = text.split(',').map((name) => name.trim());
  const known: readonly string[] = CHOICES.tasks;
  if (names.every((name) => known.includes(name))) return CHOICES.tasks.filter((name) => names.includes(name));
  throw new InvalidArgumentError(`Expected some of ${known.join(', ')}, with commas between.`);
}
