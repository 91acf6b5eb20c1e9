import {
  DEFAULT_PREDICT_DEADLINE_MS,
  type EvaluationPredictReply,
  type EvaluationPredictRequest,
  readEvaluationPredictRequest,
  SUBJECTS,
} from '@srvau/contracts';
import { EvaluationClient } from '@srvau/evaluation-client';
import { modelUri, toUri } from '../arguments/uri';
import { type Backend, withBackend } from '../backend/backend';
import type { EvaluatePredictOptions } from '../evaluate/predict-options';
import { EXIT, usageError } from '../exit';
import type { Io } from '../io';
import { printableLines } from '../render/completions';
import { predictionText, readingText } from '../render/prediction';

/** What the way to the service and back may take beyond the service's own deadline. */
const ON_THE_WAY_MS = 10_000;

/** `srvau evaluate predict`: asks the evaluation service about one video. */
export async function evaluatePredict(options: EvaluatePredictOptions, io: Io): Promise<number> {
  const { terminal } = io;
  const request = readEvaluationPredictRequest(bodyOf(options, io.cwd), 'srvau evaluate predict');
  const { url } = options;
  const reply =
    url === undefined
      ? await withBackend(io, (backend) => ask(request, options, io, backend))
      : await askOverHttp(url, request, options, io);
  const shown = options.option ?? [];
  if (options.json) terminal.printJson(reply);
  else if (options.stream) terminal.print(`\n\n${readingText(reply, shown, terminal.colors)}`);
  else terminal.print(predictionText(reply, shown, terminal.colors));
  return EXIT.ok;
}

async function ask(
  request: EvaluationPredictRequest,
  options: EvaluatePredictOptions,
  io: Io,
  { client, services, local }: Backend,
): Promise<EvaluationPredictReply> {
  if (options.stream && !local) {
    throw usageError('--stream: expected --url as well, as the service at SRVAU_NATS_URL may be on another machine');
  }
  await services.ensure('evaluation');
  const { signal } = io.interrupts;
  if (options.stream) {
    const { httpPort } = await client.request(SUBJECTS.evaluationInfo, {}, { signal });
    return askOverHttp(`http://127.0.0.1:${httpPort}`, request, options, io);
  }
  // Whether to ask again when the model is busy or away is for whoever typed this to say.
  const timeoutMs = (request.deadlineMs ?? DEFAULT_PREDICT_DEADLINE_MS) + ON_THE_WAY_MS;
  return client.request(SUBJECTS.evaluationPredict, request, { timeoutMs, retries: 0, signal });
}

/** @returns the last event, after the pieces have been shown where they are asked for */
async function askOverHttp(
  url: string,
  request: EvaluationPredictRequest,
  { stream, json }: EvaluatePredictOptions,
  { terminal, interrupts: { signal } }: Io,
): Promise<EvaluationPredictReply> {
  await using client = await EvaluationClient.connect({ url, retries: 0 });
  if (!stream) return await client.predict(request, { signal });
  for await (const event of client.predictStream(request, { signal })) {
    if (event.kind === 'result') return event.reply;
    if (json) terminal.printJson(event);
    else if (event.kind === 'token') terminal.write(printableLines(event.text));
    else terminal.write('\n── the endpoint broke off, and is asked again\n');
  }
  throw new Error('a stream of events ends with its result');
}

function bodyOf(options: EvaluatePredictOptions, cwd: string): object {
  const { video, question, option, model, prompt, fps, maxPixels, deadlineMs } = options;
  const { temperature, topP, maxNewTokens, seed } = options;
  const sampling = given({ temperature, topP, maxNewTokens, seed });
  return {
    video: toUri(video, cwd, 'VIDEO'),
    ...given({
      ...{ question, options: option, prompt, fps, maxPixels, deadlineMs },
      model: model === undefined ? undefined : modelUri(model, cwd),
      sampling: Object.keys(sampling).length === 0 ? undefined : sampling,
    }),
  };
}

function given(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
