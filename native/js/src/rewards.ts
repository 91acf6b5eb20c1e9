import { callNow } from './call';
import { toDoubles, toList, toNumber, toObject } from './values';

/** Scores of all samples of a step. */
export interface RewardMatrix {
  /** [samples][components]; null where a component abstained. */
  readonly scores: readonly (readonly (number | null)[])[];
  /** One for each component. */
  readonly weights: readonly number[];
  /** One for each sample: samples of equal number answer the same prompt. Any integers, in any order. */
  readonly groups: readonly number[];
}

export interface AdvantageOptions {
  /** `normalize-then-sum`, the default: each component is normalised within its group, then weighted and summed. */
  readonly aggregation?: 'normalize-then-sum' | 'sum-then-normalize';
  /** Whose standard deviation + 1e-4 divides; by default `none` after normalize-then-sum, otherwise `group`. */
  readonly scale?: 'none' | 'group' | 'batch';
}

/** Of the scores given, over the whole batch. NaN where there are too few: none for the mean, one for the deviation. */
export interface ComponentStats {
  readonly mean: number;
  /** With Bessel's correction. */
  readonly std: number;
  readonly scored: number;
}

export interface Advantages {
  /** One for each sample. */
  readonly values: readonly number[];
  readonly components: readonly ComponentStats[];
  /** Part of the groups whose members all got the same, and so bring no gradient. */
  readonly zeroVarianceRate: number;
}

/**
 * Group-relative advantages. A component that abstained from a sample adds nothing to its sum; a sample from which all
 * abstained takes no part in any mean and has advantage 0.
 *
 * @throws NativeError INVALID_ARGUMENT: sizes that do not fit together, a weight or score beyond ±1e9
 */
export function groupAdvantages(rewards: RewardMatrix, options: AdvantageOptions = {}): Advantages {
  const { scores, weights, groups } = toObject(rewards, 'rewards');
  return callNow(groupAdvantages, (native) =>
    native.groupAdvantages(
      {
        // Rows of another length show in the number of scores.
        scores: Float64Array.from(
          toList(scores, 'rewards.scores').flatMap((row, i) =>
            toList(row, `rewards.scores[${i}]`).map((score, k) => toNumber(score ?? NaN, `rewards.scores[${i}][${k}]`)),
          ),
        ),
        weights: toDoubles(weights, 'rewards.weights'),
        groups: toDoubles(groups, 'rewards.groups'),
      },
      options,
    ),
  );
}

/** DAPO's penalty for length, tokens: 0 up to maxTokens − softTokens, falling linearly to −1 at maxTokens and beyond. */
export function softOverlongPenalty(
  tokens: number,
  options: { readonly maxTokens: number; readonly softTokens: number },
): number {
  return callNow(softOverlongPenalty, (native) => native.softOverlongPenalty(tokens, options));
}
