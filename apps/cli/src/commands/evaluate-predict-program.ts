import { type Command, Option } from 'commander';
import type { Actions } from '../actions';
import { CHOICES } from '../arguments/choices';
import { collect, fraction, positiveNumber, temperature, wholeNumber } from '../arguments/values';
import { common, examples, type Run } from '../command';
import type { EvaluatePredictOptions } from '../evaluate/predict-options';

const HELP = [
  '',
  'Models: native:DIR, a checkpoint in the service; openai:https://HOST/v1#MODEL, any OpenAI-compatible endpoint, with its',
  'key in SRVAU_OPENAI_API_KEY of the service. Without --model the one of SRVAU_EVALUATION_MODEL is asked.',
  'Prompts: reflection-rft and reflection-sft ask for two rounds around a reflection, two-step for two without one, initial',
  'for one, direct for the answer alone.',
  'A model that is away or busy is not waited for. With --json the output is one object: the transcript, the answers, the',
  'span and the times that it took; with --stream a line for each event before it.',
].join('\n');

/** `srvau evaluate predict`. */
export function addPredictCommand(evaluate: Command, actions: Actions, run: Run): void {
  common(evaluate.command('predict'))
    .summary('ask a model about one video')
    .description(
      'Asks a model a question about a video, or, without one, whether anything anomalous happens in it and when.\n' +
        'Works through the evaluation service, which it starts where none runs.',
    )
    .argument('<video>', 'a file, file:///… or s3://bucket/key')
    .option('--question <text>', 'goes with --option')
    .option('--option <text>', 'an answer to choose from, the first is A; repeat it', collect)
    .option('--model <uri>', 'the model, see below')
    .addOption(new Option('--prompt <name>', 'how it is asked (default: reflection-rft)').choices(CHOICES.prompts))
    .option('--fps <number>', 'frames per second that it sees (default: 1)', positiveNumber)
    .option('--max-pixels <count>', 'of one frame that it sees', wholeNumber(1, 2 ** 31 - 1))
    .option('--temperature <number>', '0 takes the likeliest token each time (default: 0)', temperature)
    .option('--top-p <share>', 'of the probabilities drawn from', fraction)
    .option('--max-new-tokens <count>', 'length of the answer, at most', wholeNumber(1, 1_000_000))
    .option('--seed <number>', 'the same seed draws the same answer', wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .option('--deadline-ms <ms>', 'give up after so long (default: 300000)', wholeNumber(1, 3_600_000))
    .option('--stream', 'show the transcript while it is written', false)
    .option('--url <url>', 'HTTP address of the evaluation service, in place of NATS')
    .addHelpText(
      'after',
      examples(
        'srvau evaluate predict clip.mp4 --model native:checkpoints/srvau-r1',
        'srvau evaluate predict s3://clips/door.mp4 --url http://evaluation:7104 --stream',
        "srvau evaluate predict clip.mp4 --question 'Why does he run?' --option 'A dog.' --option 'A fire.' --json",
      ) + HELP,
    )
    .action((video: string, options: Omit<EvaluatePredictOptions, 'video'>) =>
      run(actions.evaluatePredict({ ...options, video })),
    );
}
