import { invalidOption, type Lengths } from '@srvau/reward-sdk';
import type { ReflectionRewardOptions } from './options';

/**
 * f_len = exp(−(|L − T_target| / (T_max − T_target))^exponent) (Eq. 4), in (0, 1]: 1 at the target, 1/e at the maximum
 * and as far below the target.
 *
 * @param length L, of the whole completion, in the unit of the other two
 * @returns 0 where there is nothing between target and maximum, so that no length is better than another
 */
export function brevity(length: number, target: number, max: number, exponent: 1 | 2): number {
  if (!(max > target)) return 0;
  return Math.exp(-((Math.abs(length - target) / (max - target)) ** exponent));
}

/** f_len of a completion; undefined where fixed token counts cannot be held against lengths in words. */
export type BrevityOf = (lengths: Lengths) => number | undefined;

/**
 * Decides where target and maximum come from: fixed token counts where they are given, or else the first round's length.
 *
 * @throws SrvauError for options that do not go together
 */
export function brevityFrom(options: Readonly<ReflectionRewardOptions>): BrevityOf {
  const { targetTokens, maxTokens, targetRatio, maxRatio, lengthExponent } = options;
  if (targetTokens === undefined && maxTokens === undefined) {
    if (maxRatio <= targetRatio)
      throw invalidOption('maxRatio', `a number above targetRatio (${targetRatio})`, maxRatio);
    return ({ total, firstRound }) => brevity(total, targetRatio * firstRound, maxRatio * firstRound, lengthExponent);
  }
  if (targetTokens === undefined) throw invalidOption('targetTokens', 'a number, as maxTokens is given', targetTokens);
  if (maxTokens === undefined) throw invalidOption('maxTokens', 'a number, as targetTokens is given', maxTokens);
  if (maxTokens <= targetTokens) {
    throw invalidOption('maxTokens', `a number above targetTokens (${targetTokens})`, maxTokens);
  }
  return ({ total, unit }) => (unit === 'tokens' ? brevity(total, targetTokens, maxTokens, lengthExponent) : undefined);
}
