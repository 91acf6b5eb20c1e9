import { type Command, Option } from 'commander';
import type { Actions } from '../actions';
import { CHOICES } from '../arguments/choices';
import { device, fraction, temperature, wholeNumber } from '../arguments/values';
import { common, examples, type Run } from '../command';
import type { GenerateOptions, InitModelOptions, LogprobsOptions, ModelInfoOptions } from '../options';

const MAX_SEED = Number.MAX_SAFE_INTEGER;

const REQUEST_HELP = [
  '',
  'A request is a JSON file with chat messages, as vLLM and the tools of Qwen take them,',
  '  {"messages": [{"role": "user", "content": [{"type": "video", "video": "clip.mp4", "fps": 1},',
  '                                             {"type": "text", "text": "What happens?"}]}]}',
  'or with token ids, and patches beside it in a safetensors file (pixel_values_videos, video_grid_thw,',
  'second_per_grid_ts; pixel_values, image_grid_thw):',
  '  {"input_ids": [1, 2, 3], "vision": "patches.safetensors", "mrope": "transformers-4.57"}',
  'Paths in it are relative to its folder. Also in it: n, temperature, top_p, top_k, max_new_tokens, seed, stop (texts),',
  'stop_token_ids, mrope.',
].join('\n');

const ENDPOINT_HELP = [
  '',
  'An endpoint that speaks the API of OpenAI (vLLM, SGLang, DeepSeek, hosted ones) is openai:https://host/v1#model. Its key',
  'is what SRVAU_OPENAI_API_KEY holds, or the file that SRVAU_OPENAI_API_KEY_FILE names; videos go to it as frames, or whole',
  'with #model?video=url. --device and --dtype concern checkpoints alone.',
].join('\n');

export function addModelCommands(program: Command, actions: Actions, run: Run): void {
  const model = program.command('model').description('Make checkpoints, look at them, and run them in this process.');

  common(model.command('init'))
    .summary('random weights for a configuration')
    .description('Writes a checkpoint of random weights, drawn as transformers initialises them.')
    .requiredOption('--config <path>', 'config.json, or the directory of a checkpoint that has one')
    .requiredOption('--out <dir>', 'directory to write: new or empty')
    .option('--seed <number>', 'the same seed gives the same weights', wholeNumber(0, MAX_SEED), 0)
    .addOption(dtypeOption())
    .option('--tokenizer <dir>', 'copy tokenizer, chat template and the like from here (default: from --config)')
    .addHelpText(
      'after',
      examples(
        'srvau model init --config tiny/config.json --out tiny-random',
        'srvau model init --config qwen/ --seed 7 --out fresh --dtype bfloat16 --json | jq .parameters',
      ),
    )
    .action((options: InitModelOptions) => run(actions.modelInit(options)));

  common(model.command('info'))
    .summary('what a checkpoint directory holds')
    .description('Shows configuration, parameters, tokenizer and files of a checkpoint, and whether it can be run.')
    .argument('<dir>', 'checkpoint directory')
    .option('--hash', 'also the SHA-256 of the weights', false)
    .addHelpText('after', examples('srvau model info qwen/', 'srvau model info qwen/ --json | jq .supported'))
    .action((dir: string, options: Omit<ModelInfoOptions, 'dir'>) => run(actions.modelInfo({ ...options, dir })));

  running(model.command('logprobs'), '--model <dir>', 'checkpoint directory')
    .summary('log-probability of each token of a request')
    .description(
      'Writes {"tokens": [id …], "logprobs": [null, …]}: the natural logarithm of the probability of each token given\n' +
        'those before it, over the whole vocabulary, at temperature 1.',
    )
    .requiredOption('--out <file>', 'JSON file to write')
    .addHelpText(
      'after',
      [examples('srvau model logprobs --model qwen/ --request r.json --out scores.json'), REQUEST_HELP].join('\n'),
    )
    .action((options: LogprobsOptions) => run(actions.modelLogprobs(options)));

  running(model.command('generate'), '--model <dir|uri>', 'checkpoint directory, or an endpoint, see below')
    .summary('complete a request')
    .description(
      'Completes a request: prints text for chat messages, and for token ids {"completions": [{"tokens", "logprobs",\n' +
        '"finish"}]}. What neither option nor request says is what generation_config.json says.',
    )
    .option('--n <count>', 'completions', wholeNumber(1, 1024))
    .option('--temperature <number>', '0 takes the likeliest token each time', temperature)
    .option('--top-p <number>', 'keep the likeliest tokens that add up to this', fraction)
    .option('--top-k <count>', 'keep so many of the likeliest tokens; 0: all', wholeNumber(0, 2 ** 31 - 1))
    .option('--max-new-tokens <count>', 'length of a completion at most', wholeNumber(1, 1_000_000))
    .option('--seed <number>', 'the same seed gives the same completions', wholeNumber(0, MAX_SEED))
    .addOption(new Option('--greedy', 'temperature 0').default(false).conflicts('temperature'))
    .option('--out <file>', 'also write the result as JSON')
    .addHelpText(
      'after',
      [
        examples(
          'srvau model generate --model qwen/ --request r.json',
          'srvau model generate --model qwen/ --request r.json --n 4 --temperature 1 --seed 7 --json',
          'srvau model generate --model openai:http://localhost:8000/v1#Qwen/Qwen2.5-VL-7B-Instruct --request r.json',
        ),
        ENDPOINT_HELP,
        REQUEST_HELP,
      ].join('\n'),
    )
    .action((options: GenerateOptions) => run(actions.modelGenerate(options)));
}

/** A command that runs a model on a request. */
function running(command: Command, modelFlag: string, modelHelp: string): Command {
  return common(command)
    .requiredOption(modelFlag, modelHelp)
    .requiredOption('--request <file>', 'JSON file, see below')
    .option('--device <device>', 'cpu or cuda:N', device, 'cpu')
    .addOption(dtypeOption());
}

function dtypeOption(): Option {
  return new Option('--dtype <dtype>', 'of weights and activations').choices(CHOICES.dtypes).default('float32');
}
