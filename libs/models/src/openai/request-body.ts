import type { SamplingOptions } from '@srvau/contracts';
import { DEFAULT_MAX_NEW_TOKENS } from '../sampling';
import type { ResponseSchema } from '../vision-language-model';
import type { Dialect } from './dialect';
import type { EncodedMessages } from './media/encode-messages';

export interface BodyOptions {
  model: string;
  encoded: Pick<EncodedMessages, 'messages' | 'processing'>;
  sampling: Readonly<SamplingOptions>;
  n: number;
  stream: boolean;
  logprobs: boolean;
  responseSchema: ResponseSchema | undefined;
}

/** OpenAI takes no more; the others are looked for here. */
const MAX_STOPS = 4;

/**
 * The body of a request to /chat/completions. What is not given is left out, so that the endpoint's own setting holds;
 * except the length, which always has a bound.
 */
export function requestBody(options: BodyOptions, dialect: Readonly<Dialect>): Record<string, unknown> {
  const { model, encoded, sampling, n, stream, logprobs, responseSchema } = options;
  const { temperature, topP, topK, stop = [], seed } = sampling;
  return {
    model,
    messages: encoded.messages,
    [dialect.maxTokensField]: sampling.maxNewTokens ?? DEFAULT_MAX_NEW_TOKENS,
    ...(temperature === undefined ? {} : { temperature }),
    ...(topP === undefined ? {} : { top_p: topP }),
    // Not OpenAI's: vLLM's and SGLang's, where -1 keeps all.
    ...(topK === undefined ? {} : { top_k: topK === 0 ? -1 : topK }),
    ...(seed === undefined ? {} : { seed }),
    ...(stop.length === 0 ? {} : { stop: stop.slice(0, MAX_STOPS) }),
    ...(n === 1 ? {} : { n }),
    ...(logprobs ? { logprobs: true } : {}),
    ...responseFormat(responseSchema, dialect),
    ...(stream ? { stream: true } : {}),
    ...(stream && dialect.streamOptions ? { stream_options: { include_usage: true } } : {}),
    ...(encoded.processing === undefined ? {} : { mm_processor_kwargs: encoded.processing }),
  };
}

function responseFormat(
  responseSchema: ResponseSchema | undefined,
  { responseFormat: form }: Readonly<Dialect>,
): object {
  if (responseSchema === undefined || form === 'none') return {};
  if (form === 'json_object') return { response_format: { type: form } };
  const { name, schema } = responseSchema;
  return { response_format: { type: form, json_schema: { name, schema, strict: true } } };
}
