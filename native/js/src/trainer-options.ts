import { type ProcessGroup } from './process-group';
import { type MropeVariant, type TokenIds } from './types';

export interface AdamWOptions {
  /** In [0, 1); 0.9 by default. */
  readonly beta1?: number;
  /** In [0, 1); 0.999 by default. */
  readonly beta2?: number;
  /** Above 0, up to 1; 1e-8 by default. */
  readonly epsilon?: number;
  /** Decoupled, 0 to 100, of all parameters but biases and norms; 0 by default. */
  readonly weightDecay?: number;
}

export interface TrainerOptions {
  readonly optimizer?: AdamWOptions;
  /** Gradients are scaled so that their norm is at most this; 1 by default, 0 is never. */
  readonly maxGradNorm?: number;
  /** False: the vision tower stays as it is. True by default. */
  readonly trainVision?: boolean;
  /** Gradient checkpointing: less memory for one more forward pass. False by default. */
  readonly recompute?: boolean;
  readonly mrope?: MropeVariant;
  /** Left out of every softmax; by default the pad tokens of images and videos, as when generating. */
  readonly suppressed?: TokenIds;
  /** Upper bound of the logits held at a time, bytes; by default 64 MiB on the CPU, 1 GiB on a GPU. */
  readonly logitsChunkBytes?: number;
  /** Bounds what is computed in one pass, forward and backward; 0, the default, is a whole batch in one. */
  readonly maxTokensPerPass?: number;
  /** For a bfloat16 model: the checkpoint it was loaded from, whose float32 values become the master weights. */
  readonly mastersFrom?: string;
  /**
   * Where several processes train one model together: each a part of every batch, all the same parameters, each with its
   * share of the optimizer's state. Every rank makes its trainer, its steps and its saves together with the others.
   */
  readonly group?: ProcessGroup;
}

/** The same on all ranks of a group. */
export interface StepStats {
  /** Before clipping; of the whole batch. */
  readonly gradNorm: number;
  readonly clipped: boolean;
  /** The norm was not finite: nothing was changed. */
  readonly skipped: boolean;
}
