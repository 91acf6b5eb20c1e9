import { type Prompt } from './prompt';
import { type TokenIds } from './types';

/** A prompt with the answer to learn. */
export interface SftSample {
  readonly prompt: Prompt;
  readonly completion: TokenIds;
  /** What each token of the completion counts in the loss, ≥ 0 and finite; those of 0 are read but not learned. */
  readonly weights: Float32Array | readonly number[];
}

/** Sums, so that those of the parts of a batch add up. */
export interface SftStats {
  /** Σ weight · −logprob, nats. */
  readonly lossSum: number;
  readonly weightSum: number;
  /** Of weight above 0. */
  readonly tokens: number;
  /** Over these, nats. */
  readonly entropySum: number;
}

/** The sum of all weights: what to divide the loss of the samples by. */
export function totalWeight(samples: readonly SftSample[]): number {
  let sum = 0;
  for (const { weights } of samples) for (const weight of weights) sum += weight;
  return sum;
}
