import { type Command, Option } from 'commander';
import type { Actions } from '../actions';
import { anyNumber, collect, wholeNumber } from '../arguments/values';
import { common, examples, type Run } from '../command';
import type { TrainOptions, TrainPresetsOptions } from '../train/options';

const MAX = Number.MAX_SAFE_INTEGER;

const HELP = [
  '',
  'A setting comes from --set and the other flags, else from --config, else from the preset, else it is the paper’s:',
  'srvau train presets NAME shows all of them by their paths. A value that is JSON is that value, any other is text.',
  '',
  'The run is a directory: run.json, metrics.jsonl, events.jsonl, TensorBoard events, samples and checkpoints, each of which',
  'is a plain Hugging Face directory. srvau runs show and plot look at it, also while it goes on.',
  'Ctrl-C cancels the job and waits for it to stop; a second Ctrl-C leaves the job as it is. With --json the last line of',
  'standard output is the summary; everything else goes to standard error.',
].join('\n');

/** `srvau train`. */
export function addTrainCommands(program: Command, actions: Actions, run: Run): void {
  const train = program.command('train').description('Train a policy: supervised cold start, then reinforcement.');

  training(train, 'sft')
    .summary('supervised cold start on D_reflect')
    .description(
      'Teaches a checkpoint the transcripts of D_reflect. Killed at any point, it goes on from its last checkpoint exactly as\n' +
        'if nothing had happened.',
    )
    .option('--batch-size <records>', 'of one step, all ranks together (default: 128)', wholeNumber(1, 1_000_000))
    .option(
      '--epochs <count>',
      'passes over the training split (default: 1 without --steps)',
      wholeNumber(1, 1_000_000),
    )
    .addHelpText(
      'after',
      [
        examples(
          'srvau train sft --model qwen --data reflect/msad --out runs/cold',
          'srvau train sft --model qwen --data reflect/msad --out runs/eq1 --preset paper-eq1 --set optimizer.schedule=cosine',
          'srvau train sft --model qwen --data reflect/msad --out runs/cold --resume',
        ),
        HELP,
      ].join('\n'),
    )
    .action((options: Omit<TrainOptions, 'kind'>) => run(actions.train({ ...options, kind: 'sft' })));

  training(train, 'grpo')
    .summary('reinforcement with rewards on the policy’s own transcripts')
    .description(
      'Trains a checkpoint on its own transcripts by rewards (GRPO). While the reward service is away the run waits. Killed at any\n' +
        'point, it goes on from its last checkpoint exactly as if nothing had happened.',
    )
    .option('--batch-size <prompts>', 'of one step, all ranks together (default: 128)', wholeNumber(1, 1_000_000))
    .option('--group-size <count>', 'completions of each prompt (default: 4)', wholeNumber(1, 1024))
    .option('--max-new-tokens <count>', 'of one completion (default: 1024)', wholeNumber(1, 1_000_000))
    .addHelpText(
      'after',
      [
        examples(
          'srvau train grpo --model runs/cold/checkpoints/step-000100 --data reflect/msad --out runs/r1',
          'srvau train grpo --model m --data d --out runs/two --preset two-step --steps 200 --set loss.klCoef=0.001',
          'srvau train grpo --model m --data d --out runs/r1 --ranks 2 --config r1.json --json | jq .best',
        ),
        HELP,
      ].join('\n'),
    )
    .action((options: Omit<TrainOptions, 'kind'>) => run(actions.train({ ...options, kind: 'grpo' })));

  common(train.command('presets'))
    .summary('named settings: the paper’s, and its ablations')
    .description('Lists the presets; of one, shows every setting that follows from it, defaults included.')
    .argument('[name]', 'show this one')
    .addHelpText(
      'after',
      examples('srvau train presets', 'srvau train presets srvau-r1 --json | jq .resolved > r1.json'),
    )
    .action((name: string | undefined, options: Omit<TrainPresetsOptions, 'name'>) =>
      run(actions.trainPresets(name === undefined ? options : { ...options, name })),
    );
}

/** What both kinds are told. */
function training(train: Command, kind: TrainOptions['kind']): Command {
  return common(train.command(kind))
    .requiredOption('--model <dir>', 'checkpoint to start from, with its tokenizer')
    .requiredOption('--data <dir>', 'D_reflect, of srvau dataset build or import')
    .requiredOption('--out <dir>', 'directory of the run: new, or with --resume one that has begun')
    .option('--preset <name>', 'see srvau train presets')
    .option('--config <file>', 'JSON of settings, or - for standard input')
    .option('--set <path=value>', 'one setting, e.g. optimizer.learningRate=1e-5; may be given again', collect)
    .option('--ranks <count>', 'processes that train together on this machine (default: 1)', wholeNumber(1, 64))
    .option('--resume', 'go on with the run in --out from its last checkpoint', false)
    .option('--seed <number>', 'the same seed, the same run (default: 0)', wholeNumber(0, MAX))
    .option(
      '--steps <count>',
      'optimizer steps (default: as one pass over the training split has)',
      wholeNumber(1, 1_000_000_000),
    )
    .option('--learning-rate <rate>', 'of AdamW (default: 2e-5)', anyNumber)
    .option('--limit <count>', 'records of the training split, at most', wholeNumber(1, MAX))
    .addOption(new Option('--device <device>', 'where it is computed (default: cpu)').choices(['cpu', 'cuda']))
    .option('--idempotency-key <key>', 'the same key means the same job, also when that is over')
    .option('--detach', 'submit the job and leave; services must keep running (srvau up, or SRVAU_NATS_URL)', false);
}
