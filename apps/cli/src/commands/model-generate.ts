import { resolve } from 'node:path';
import type { SamplingOptions } from '@srvau/contracts';
import { complete, type Completion, isModelUri, resolveSampling } from '@srvau/models';
import { EXIT } from '../exit';
import type { Io } from '../io';
import { withEndpoint } from '../model/endpoint';
import type { ModelRequest } from '../model/request-file';
import { resultPath, writeResult } from '../model/result-file';
import { type ModelTask, withPrompt } from '../model/with-prompt';
import type { GenerateOptions } from '../options';
import { completionsText, printableLines } from '../render/completions';
import { plural } from '../render/text';

/** `srvau model generate`: draws completions; text where the request is a conversation, token ids where it is those (for a checkpoint). */
export async function modelGenerate(options: GenerateOptions, io: Io): Promise<number> {
  const { terminal } = io;
  const request = resolve(io.cwd, options.request);
  const out = options.out === undefined ? undefined : await resultPath(options.out, io.cwd, request);
  const result = await drawn(options, io);
  if (out !== undefined) {
    await writeResult(out, result.json);
    terminal.note(`${plural(result.completions.length, 'completion')} in ${out}`);
  }
  // Token ids are for machines, whatever was asked for.
  if (options.json || (!result.isText && out === undefined)) terminal.printJson(result.json);
  else if (result.streamed) terminal.write('\n');
  else if (result.isText) terminal.print(completionsText(result.completions, terminal.colors));
  return EXIT.ok;
}

/** `native:DIR` is the same as the directory alone. */
function drawn(options: GenerateOptions, io: Io): Promise<Drawn> {
  const { model } = options;
  if (isModelUri(model) && !model.startsWith(NATIVE)) return drawFromEndpoint(options, io);
  const dir = model.startsWith(NATIVE) ? model.slice(NATIVE.length) : model;
  return withPrompt({ ...options, model: dir }, io, (task) => draw(task, options, io));
}

const NATIVE = 'native:';

async function drawFromEndpoint(options: GenerateOptions, io: Io): Promise<Drawn> {
  const { terminal } = io;
  return withEndpoint(options, io, async ({ request, model }) => {
    const n = options.n ?? request.n ?? 1;
    const streamed = n === 1 && !options.json && terminal.watched;
    const { completions, usage } = await model.generate(
      { messages: request.messages, n, sampling: samplingOf(request, options) },
      {
        signal: io.interrupts.signal,
        ...(streamed && {
          onToken: ({ text }) => terminal.write(printableLines(text)),
          onRestart: () => terminal.write('\n── the endpoint broke off, and is asked again\n'),
        }),
      },
    );
    const rows = completions.map(({ text, reasoning, logprobs, finishReason }) => ({
      text,
      ...(reasoning === undefined ? {} : { reasoning }),
      ...(logprobs === undefined ? {} : { logprobs }),
      finish: finishReason,
    }));
    const json = { completions: rows, ...(usage === undefined ? {} : { usage }) };
    return { completions, isText: true, streamed, json };
  });
}

interface Drawn {
  completions: readonly Completion[];
  isText: boolean;
  /** Has been shown as it came. */
  streamed: boolean;
  /** What --json and --out give. */
  json: object;
}

async function draw(task: ModelTask, options: GenerateOptions, { terminal, interrupts }: Io): Promise<Drawn> {
  const { request, model, generation, prompt, tokenizer } = task;
  const isText = tokenizer !== undefined;
  const n = options.n ?? request.n ?? 1;
  const streamed = isText && n === 1 && !options.json && terminal.watched;
  const ignored = Object.keys(generation.ignored);
  if (ignored.length > 0) terminal.note(`not applied, from generation_config.json: ${ignored.join(', ')}`);
  const completions = await complete(model, prompt, {
    n,
    sampling: resolveSampling(samplingOf(request, options), generation),
    stopTokens: request.stop_token_ids ?? tokenizer?.eosIds ?? generation.eosIds,
    tokenizer,
    mrope: request.mrope,
    signal: interrupts.signal,
    onToken: streamed ? ({ text }) => terminal.write(printableLines(text)) : undefined,
  });
  const completionTokens = completions.reduce((sum, { tokenIds = [] }) => sum + tokenIds.length, 0);
  const usage = { promptTokens: prompt.ids.length, completionTokens };
  const rows = completions.map(({ text, tokenIds, logprobs, finishReason }) => ({
    ...(isText ? { text } : {}),
    tokens: tokenIds,
    logprobs,
    finish: finishReason,
  }));
  return { completions, isText, streamed, json: { completions: rows, ...(isText ? { usage } : {}) } };
}

/** Options of the command line come before the fields of the request. */
function samplingOf(request: ModelRequest, options: GenerateOptions): SamplingOptions {
  const given = {
    temperature: options.greedy ? 0 : (options.temperature ?? request.temperature),
    topP: options.topP ?? request.top_p,
    topK: options.topK ?? request.top_k,
    maxNewTokens: options.maxNewTokens ?? request.max_new_tokens,
    seed: options.seed ?? request.seed,
    stop: request.kind === 'chat' ? request.stop : undefined,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}
