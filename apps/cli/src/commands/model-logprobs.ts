import { resolve } from 'node:path';
import { nativeCall } from '@srvau/models';
import { EXIT } from '../exit';
import type { Io } from '../io';
import type { ModelRequest } from '../model/request-file';
import { resultPath, writeResult } from '../model/result-file';
import { type ModelTask, withPrompt } from '../model/with-prompt';
import type { LogprobsOptions } from '../options';
import { plural } from '../render/text';

/** `srvau model logprobs`: how probable each token of a prompt is, given those before it. */
export async function modelLogprobs(options: LogprobsOptions, io: Io): Promise<number> {
  const { signal } = io.interrupts;
  const out = await resultPath(options.out, io.cwd, resolve(io.cwd, options.request));
  const score = async ({ request, model, prompt }: ModelTask): Promise<Scores> => {
    const { mrope } = request;
    const scoring = { scope: 'everything', ...(mrope === undefined ? {} : { mrope }) } as const;
    const [scores] = await nativeCall(model.logprobs([{ prompt, completions: [] }], scoring, { signal }));
    return { tokens: prompt.ids, logprobs: [null, ...(scores?.prompt?.logprobs ?? [])] };
  };
  const { tokens, logprobs } = await withPrompt(options, io, score, asksForAnswer);
  await writeResult(out, { tokens, logprobs });
  const sum = logprobs.reduce<number>((total, logprob) => total + (logprob ?? 0), 0);
  const scored = tokens.length - 1;
  const summary = { out, tokens: tokens.length, meanLogprob: scored === 0 ? null : sum / scored };
  if (options.json) io.terminal.printJson(summary);
  else {
    const mean = summary.meanLogprob === null ? '' : `, mean log-probability ${summary.meanLogprob.toFixed(4)}`;
    io.terminal.print(`${plural(tokens.length, 'token')}${mean}, in ${out}`);
  }
  return EXIT.ok;
}

interface Scores {
  tokens: readonly number[];
  /** Natural logarithms; null for the first token, which has none before it. */
  logprobs: readonly (number | null)[];
}

/** A conversation that ends with the assistant's answer is scored as it stands. */
function asksForAnswer(request: ModelRequest): boolean {
  return request.kind === 'chat' && request.messages.at(-1)?.role !== 'assistant';
}
