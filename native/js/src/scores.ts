import { type Prompt } from './prompt';
import { type MropeVariant, type TokenIds } from './types';

/** A prompt and what was, or might be, answered to it. */
export interface ScoreGroup {
  readonly prompt: Prompt;
  /** None empty. There may be no completion where the scope is `everything`. */
  readonly completions: readonly TokenIds[];
}

export interface ScoreOptions {
  /** `everything` scores the tokens of the prompts too; `completions` is the default. */
  readonly scope?: 'completions' | 'everything';
  /** Logits are divided by it, 1e-6 to 1e6; 1 by default. */
  readonly temperature?: number;
  /**
   * Left out of the softmax. By default the pad tokens of images and videos, as when generating; none where the scope is
   * `everything`, since prompts contain them.
   */
  readonly suppressed?: TokenIds;
  readonly mrope?: MropeVariant;
  /** Bounds what is computed at a time; a longer sequence is computed by itself. 0, the default, is all at once. */
  readonly maxTokensPerBatch?: number;
}

export interface TokenScores {
  /** Natural logarithm of each token's probability given those before it. */
  readonly logprobs: Float32Array;
  /** Of the distribution each token is from, nats. */
  readonly entropies: Float32Array;
}

export interface GroupScores {
  /** Of ids[1], ids[2], … of the prompt: one value less than it has ids. Null where the scope is `completions`. */
  readonly prompt: TokenScores | null;
  /** One for each completion, with a value for each of its ids. */
  readonly completions: readonly TokenScores[];
}
