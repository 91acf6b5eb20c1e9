import { createHash } from 'node:crypto';
import type { Model, MropeVariant, Prompt, TokenBatch } from '@srvau/native';
import type { ResolvedSampling } from '../sampling';
import type { Tokenizer } from '../tokenizer/tokenizer';
import type { Completion, TokenPiece } from '../vision-language-model';
import { CompletionCollector } from './completion-collector';
import { nativeCall } from './failure';

/** What all completions of a call share. */
export interface DrawOptions {
  sampling: ResolvedSampling;
  /** Ids that end a completion. */
  stopTokens: readonly number[];
  /** Without it completions have no text, and `sampling.stop` is not looked at. */
  tokenizer?: Tokenizer | undefined;
  mrope?: MropeVariant | undefined;
  signal?: AbortSignal | undefined;
}

export interface CompleteOptions extends DrawOptions {
  /** Completions to draw, ≥ 1. */
  n: number;
  onToken?: ((piece: TokenPiece) => void) | undefined;
}

/** One prompt of a batch. */
export interface Draw {
  prompt: Prompt;
  /** Completions to draw, ≥ 1. */
  n: number;
  /** In place of that of `sampling`. */
  seed: number;
  onToken?: ((piece: TokenPiece) => void) | undefined;
}

/**
 * Draws completions of one prompt. Completion i depends on the seed and i alone, neither on n nor on what else runs.
 *
 * @throws SrvauError; the signal's reason
 */
export async function complete(model: Model, prompt: Prompt, options: CompleteOptions): Promise<Completion[]> {
  const { n, onToken, sampling } = options;
  const [completions = []] = await completeBatch(model, [{ prompt, n, seed: sampling.seed, onToken }], options);
  return completions;
}

/**
 * Draws completions of several prompts as one batch, which takes little longer than one of them.
 *
 * @returns for each prompt its completions
 * @throws SrvauError; the signal's reason
 */
export async function completeBatch(
  model: Model,
  draws: readonly Draw[],
  options: DrawOptions,
): Promise<Completion[][]> {
  const { sampling, stopTokens, tokenizer, mrope, signal } = options;
  const collect = { tokenizer, stop: sampling.stop, stopTokens: new Set(stopTokens) };
  const collectors = draws.map(({ n }) => Array.from({ length: n }, () => new CompletionCollector(collect)));
  // Native code knows no texts: it is stopped from here when all completions have ended by one.
  const enough = new AbortController();
  const call = nativeCall(
    model.generate(
      draws.map(({ prompt, n, seed }) => ({ prompt, seeds: Array.from({ length: n }, (_, i) => seedOf(seed, i)) })),
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
          take(batch, collectors, draws, sampling);
          if (collectors.every((each) => each.every(({ stopped }) => stopped))) enough.abort(ALL_STOPPED);
        },
      },
    ),
  );
  const finished = await call.catch((error: unknown) => {
    if (error !== ALL_STOPPED) throw error;
    return [];
  });
  signal?.throwIfAborted();
  const completions = collectors.map((each, request) =>
    each.map((collector, index) => {
      const text = collector.end();
      if (text !== '') draws[request]?.onToken?.({ index, text });
      return collector.completion(finished[request]?.[index]?.finish ?? 'stop');
    }),
  );
  return logprobsAreTheModels(sampling) ? completions : rescore(model, draws, completions, options);
}

const ALL_STOPPED = new Error('every completion has ended by a stop text');

function take(
  batch: TokenBatch,
  collectors: readonly (readonly CompletionCollector[])[],
  draws: readonly Draw[],
  sampling: ResolvedSampling,
): void {
  for (const [at, index] of batch.samples.entries()) {
    const request = batch.requests[at] ?? 0;
    const collector = collectors[request]?.[index];
    const tokenId = batch.ids[at];
    const logprob = batch.logprobs[at];
    if (collector === undefined || tokenId === undefined || logprob === undefined || collector.stopped) continue;
    const text = collector.push(tokenId, logprob);
    draws[request]?.onToken?.({ index, text, tokenId, ...(logprobsAreTheModels(sampling) ? { logprob } : {}) });
  }
}

/** Native log-probabilities are those of the tempered distribution; a greedy one is that of temperature 1. */
function logprobsAreTheModels({ temperature }: ResolvedSampling): boolean {
  return temperature === 0 || temperature === 1;
}

/** The model's own log-probabilities, at the cost of one pass over what was drawn. */
async function rescore(
  model: Model,
  draws: readonly Draw[],
  completions: readonly (readonly Completion[])[],
  { mrope, signal }: DrawOptions,
): Promise<Completion[][]> {
  const groups = draws.map(({ prompt }, i) => {
    return { prompt, completions: (completions[i] ?? []).map(({ tokenIds = [] }) => tokenIds) };
  });
  const scoring = mrope === undefined ? {} : { mrope };
  const scores = await nativeCall(model.logprobs(groups, scoring, signal === undefined ? {} : { signal }));
  return completions.map((each, i) =>
    each.map((completion, j) => ({
      ...completion,
      logprobs: Array.from(scores[i]?.completions[j]?.logprobs ?? []),
    })),
  );
}

/** 64 bits that differ for each seed and index, also where seeds are counted up. */
export function seedOf(seed: number, index: number): bigint {
  return createHash('sha256').update(`${seed} ${index}`).digest().readBigUInt64LE();
}
