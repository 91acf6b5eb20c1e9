import { type Prompt } from './prompt';
import { type TokenIds } from './types';
import { toFloats, toList, toObject } from './values';

/** A prompt with the answer to learn. */
export interface SftSample {
  readonly prompt: Prompt;
  readonly completion: TokenIds;
  /** What each token of the completion counts in the loss, 0 to 1e9; those of 0 are read but not learned. */
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
  for (const [i, sample] of toList(samples, 'samples').entries()) {
    const { weights } = toObject(sample, `samples[${i}]`);
    for (const weight of toFloats(weights, `samples[${i}].weights`)) sum += weight;
  }
  return sum;
}
