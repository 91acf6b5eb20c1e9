import { createHash } from 'node:crypto';
import type { Model, MropeVariant, Prompt, TokenBatch } from '@srvau/native';
import type { ResolvedSampling } from '../sampling';
import type { Tokenizer } from '../tokenizer/tokenizer';
import type { Completion, TokenPiece } from '../vision-language-model';
import { CompletionCollector } from './completion-collector';
import { nativeCall } from './failure';

export interface CompleteOptions {
  /** Completions to draw, ≥ 1. */
  n: number;
  sampling: ResolvedSampling;
  /** Ids that end a completion. */
  stopTokens: readonly number[];
  /** Without it completions have no text, and `sampling.stop` is not looked at. */
  tokenizer?: Tokenizer | undefined;
  mrope?: MropeVariant | undefined;
  signal?: AbortSignal | undefined;
  onToken?: ((piece: TokenPiece) => void) | undefined;
}

/**
 * Draws completions of one prompt. Completion i depends on the seed and i alone, neither on n nor on what else runs.
 *
 * @throws SrvauError; the signal's reason
 */
export async function complete(model: Model, prompt: Prompt, options: CompleteOptions): Promise<Completion[]> {
  const { n, sampling, stopTokens, tokenizer, mrope, signal } = options;
  const collect = { tokenizer, stop: sampling.stop, stopTokens: new Set(stopTokens) };
  const collectors = Array.from({ length: n }, () => new CompletionCollector(collect));
  // Native code knows no texts: it is stopped from here when all completions have ended by one.
  const enough = new AbortController();
  const call = nativeCall(
    model.generate(
      [{ prompt, seeds: collectors.map((_, i) => seedOf(sampling.seed, i)) }],
      {
        maxNewTokens: sampling.maxNewTokens,
        temperature: sampling.temperature,
        topP: sampling.topP,
        topK: sampling.topK,
        stopTokens,
        ...(mrope === undefined ? {} : { mrope }),
      },
      {
        signal: signal === undefined ? enough.signal : AbortSignal.any([signal, enough.signal]),
        onTokens: (batch) => {
          take(batch, collectors, options);
          if (collectors.every(({ stopped }) => stopped)) enough.abort(ALL_STOPPED);
        },
      },
    ),
  );
  const [finished = []] = await call.catch((error: unknown) => {
    if (error !== ALL_STOPPED) throw error;
    return [];
  });
  signal?.throwIfAborted();
  for (const [index, collector] of collectors.entries()) {
    const text = collector.end();
    if (text !== '') options.onToken?.({ index, text });
  }
  const completions = collectors.map((collector, i) => collector.completion(finished[i]?.finish ?? 'stop'));
  return logprobsAreTheModels(sampling) ? completions : rescore(model, prompt, completions, options);
}

const ALL_STOPPED = new Error('every completion has ended by a stop text');

function take(batch: TokenBatch, collectors: readonly CompletionCollector[], options: CompleteOptions): void {
  const { onToken, sampling } = options;
  for (const [at, index] of batch.samples.entries()) {
    const collector = collectors[index];
    const tokenId = batch.ids[at];
    const logprob = batch.logprobs[at];
    if (collector === undefined || tokenId === undefined || logprob === undefined || collector.stopped) continue;
    const text = collector.push(tokenId, logprob);
    onToken?.({ index, text, tokenId, ...(logprobsAreTheModels(sampling) ? { logprob } : {}) });
  }
}

/** Native log-probabilities are those of the tempered distribution; a greedy one is that of temperature 1. */
function logprobsAreTheModels({ temperature }: ResolvedSampling): boolean {
  return temperature === 0 || temperature === 1;
}

/** The model's own log-probabilities, at the cost of one pass over what was drawn. */
async function rescore(
  model: Model,
  prompt: Prompt,
  completions: readonly Completion[],
  { mrope, signal }: CompleteOptions,
): Promise<Completion[]> {
  const group = { prompt, completions: completions.map(({ tokenIds = [] }) => tokenIds) };
  const scoring = mrope === undefined ? {} : { mrope };
  const [scores] = await nativeCall(model.logprobs([group], scoring, signal === undefined ? {} : { signal }));
  return completions.map((completion, i) => ({
    ...completion,
    logprobs: Array.from(scores?.completions[i]?.logprobs ?? []),
  }));
}

/** 64 bits that differ for each seed and index, also where seeds are counted up. */
export function seedOf(seed: number, index: number): bigint {
  return createHash('sha256').update(`${seed} ${index}`).digest().readBigUInt64LE();
}
