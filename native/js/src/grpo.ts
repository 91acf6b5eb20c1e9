import { type Prompt } from './prompt';
import { type TokenIds } from './types';
import { toIds, toList, toObject } from './values';

/** A sampled completion and what came of it. */
export interface Rollout {
  readonly ids: TokenIds;
  /** −1e9 to 1e9. */
  readonly advantage: number;
  /** One for each id, under the policy that sampled them; absent: that is the policy that is trained. */
  readonly oldLogprobs?: Float32Array;
  /** One for each id, under the reference; may be absent where klCoef is 0. */
  readonly referenceLogprobs?: Float32Array;
  /** A truncated completion that is to count nowhere but among the sequences; false by default. */
  readonly masked?: boolean;
}

/** The rollouts of one prompt. */
export interface RolloutGroup {
  readonly prompt: Prompt;
  readonly rollouts: readonly Rollout[];
}

/** Size of the whole batch of an optimizer step: losses of its parts, divided by the same totals, add up. */
export interface GrpoTotals {
  /** Masked ones too. */
  readonly sequences: number;
  /** Tokens that count: none of masked sequences. */
  readonly tokens: number;
}

export interface GrpoLossOptions {
  /**
   * `grpo`, the default: mean over the tokens of each sequence, then over sequences. `dr_grpo`: sum over tokens /
   * (sequences · maxCompletionLength). `dapo`: sum / tokens of the whole batch, all processes together. `bnpo`: sum /
   * tokens of the batch of this process.
   */
  readonly lossType?: 'grpo' | 'dr_grpo' | 'dapo' | 'bnpo';
  /** Of what the probability ratio is taken; `sequence` is GSPO. `token` by default. */
  readonly importance?: 'token' | 'sequence';
  /** The ratio is clipped to [1 − clipLow, 1 + clipHigh]; clipLow in [0, 1], clipHigh ≥ 0; 0.2 by default. */
  readonly clipLow?: number;
  readonly clipHigh?: number;
  /** Two-sided clip: bounds the ratio of sequences with a negative advantage too; above 1 + clipHigh. Absent: none. */
  readonly delta?: number;
  /** Weight of the divergence from the reference (k3); 0.04 by default, 0 needs no reference. */
  readonly klCoef?: number;
  /** Multiplies the divergence by the ratio, which makes its gradient unbiased off policy; false by default. */
  readonly klTimesRatio?: boolean;
  /** Tokens, ≥ 1; for `dr_grpo` only, which needs it. */
  readonly maxCompletionLength?: number;
}

/** Sums, so that those of the parts of a batch add up, with the means over the part. NaN where nothing counted. */
export interface GrpoStats {
  /** Share of this part in the loss of the whole batch. */
  readonly loss: number;
  readonly tokens: number;
  /** What ratios were taken of: tokens, or sequences that have any. */
  readonly ratios: number;
  readonly klSum: number;
  readonly entropySum: number;
  readonly ratioSum: number;
  /** Ratios below 1 − clipLow with a negative advantage, and above 1 + clipHigh with a positive one. */
  readonly clippedLow: number;
  readonly clippedHigh: number;
  /** Largest |new − old| of any token, nats. */
  readonly maxLogRatio: number;
}

/** The totals that make all groups of one step one batch. */
export function totalsOf(groups: readonly RolloutGroup[]): GrpoTotals {
  let sequences = 0;
  let tokens = 0;
  for (const [i, group] of toList(groups, 'groups').entries()) {
    const rollouts = toList(toObject(group, `groups[${i}]`).rollouts, `groups[${i}].rollouts`);
    sequences += rollouts.length;
    for (const [j, rollout] of rollouts.entries()) {
      const { ids, masked } = toObject(rollout, `groups[${i}].rollouts[${j}]`);
      tokens += masked === true ? 0 : toIds(ids, `groups[${i}].rollouts[${j}].ids`).length;
    }
  }
  return { sequences, tokens };
}
