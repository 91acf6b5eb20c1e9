/** `cuda:N` counts from 0. */
export type Device = 'cpu' | `cuda:${number}`;

/** Of weights and activations. Log-probabilities, losses, gradients and optimizer state are float32 with either. */
export type Dtype = 'float32' | 'bfloat16';

/**
 * The two ways in which transformers has numbered the tokens after an image or video. The published weights were trained
 * with `transformers-4.57`, which is the default everywhere.
 */
export type MropeVariant = 'transformers-4.57' | 'transformers-5.18';

/** Integers from 0 to the vocabulary's size − 1. An Int32Array is taken as it is, without a pass over its values. */
export type TokenIds = Int32Array | readonly number[];

/** An integer from 0 to 2^64 − 1; a number must be a safe integer. */
export type Seed = number | bigint;

export interface CallOptions {
  /**
   * Aborting rejects with the signal's reason: at once while the call waits for its turn, and then nothing of it is
   * computed; between two tokens, layers or passes when it runs. A call that changes something (save, accumulate…, step)
   * and has come too far to be stopped resolves instead: a rejection means that it was not carried out.
   */
  readonly signal?: AbortSignal;
}
