import { type Prompt } from './prompt';
import { type CallOptions, type MropeVariant, type Seed, type TokenIds } from './types';

/** A prompt and how often to complete it. The prompt is computed once for all its samples. */
export interface GenerateRequest {
  readonly prompt: Prompt;
  /** One for each sample; equal seeds give equal samples, whatever else is in the batch. */
  readonly seeds: readonly Seed[];
  /** One for each sample, tokens: it ends there at the latest, as `length`. 1 to maxNewTokens, which is the default. */
  readonly limits?: readonly number[];
}

export interface SamplingOptions {
  /** 1 to 2^31 − 1; 512 by default. No sequence goes beyond the model's maxPositions. */
  readonly maxNewTokens?: number;
  /** Logits are divided by it, 1e-6 to 1e6; 1 by default. 0 takes the most probable token (the lowest id of equals). */
  readonly temperature?: number;
  /** Only the most probable tokens that together reach it can occur, in (0, 1]; 1 by default. */
  readonly topP?: number;
  /** Only that many most probable tokens can occur; 0, the default, is all. */
  readonly topK?: number;
  /** A completion ends with, and includes, the first of these. */
  readonly stopTokens?: TokenIds;
  /** Can never occur. The pad tokens of images and videos are always among them. */
  readonly suppressed?: TokenIds;
  readonly mrope?: MropeVariant;
  /** Sequences decoded at a time, which bounds the memory of the cache; 0, the default, is all. */
  readonly maxSequences?: number;
}

/** The tokens that have come since the last call; element i of all arrays belongs together. */
export interface TokenBatch {
  /** Index of the request. */
  readonly requests: Int32Array;
  /** Index of the seed in the request. */
  readonly samples: Int32Array;
  readonly ids: Int32Array;
  readonly logprobs: Float32Array;
}

export interface GenerateCallOptions extends CallOptions {
  /**
   * Called as tokens come, in order for each sample, and for the last time before the promise settles. While JavaScript is
   * busy tokens wait and come together in the next call: computing never waits for the consumer, and what waits is never
   * more than the completions themselves. What it throws stops the generation and is what the promise rejects with.
   */
  readonly onTokens?: (batch: TokenBatch) => void;
}

export interface CompletionResult {
  readonly ids: Int32Array;
  /**
   * Of each id, natural logarithm, under the softmax at the temperature (1 when it is 0) without the suppressed tokens:
   * what Model.logprobs gives. topP and topK choose among tokens and do not enter.
   */
  readonly logprobs: Float32Array;
  /** `length`: cut at maxNewTokens or the model's maxPositions. */
  readonly finish: 'stop' | 'length';
}
