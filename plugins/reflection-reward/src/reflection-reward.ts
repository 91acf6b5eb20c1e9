import { abstain, hasTwoRounds, isCorrect, type Rollout, type Score, scored, type ScoreRange } from '@srvau/reward-sdk';
import type { BrevityOf } from './brevity';
import { effectiveness } from './effectiveness';
import type { ReflectionRewardOptions } from './options';

/**
 * R_reflection = I_eff + I_ref + lengthWeight · f_len (Eq. 4). I_eff needs both answers, else it is 0.
 * Abstains where the truth is unknown, and where the grammar has one round, so that there is nothing to reflect on.
 */
export function reflectionReward(
  rollout: Rollout,
  options: Readonly<ReflectionRewardOptions>,
  brevityOf: BrevityOf,
): Score {
  const { grammar, firstAnswer, finalAnswer, hasReflection } = rollout.transcript;
  if (!hasTwoRounds(grammar)) return abstain('the grammar has one round');
  const firstRight = isCorrect(rollout, firstAnswer);
  const finalRight = isCorrect(rollout, finalAnswer);
  if (firstRight === undefined || finalRight === undefined) {
    return abstain(rollout.task === 'qa' ? 'no label' : 'no verdict in the truth');
  }
  const isAnsweredTwice = firstAnswer !== undefined && finalAnswer !== undefined;
  const effective = isAnsweredTwice ? effectiveness(firstRight, finalRight, options) : 0;
  const reflection = hasReflection ? options.reflectionScore : 0;
  const counts = options.lengthWeight > 0 && (hasReflection || !options.lengthNeedsReflection);
  const brevity = counts ? brevityOf(rollout.lengths) : 0;
  if (brevity === undefined) return abstain('lengths are in words, targetTokens in tokens');
  const length = options.lengthWeight * brevity;
  return scored(effective + reflection + length, { effectiveness: effective, reflection, length });
}

/** Smallest and largest score that the options allow; without both answers I_eff is 0. */
export function reflectionRange(options: Readonly<ReflectionRewardOptions>): ScoreRange {
  const { rightToRightScore, wrongToRightScore, wrongToWrongScore, rightToWrongScore } = options;
  const effects = [0, rightToRightScore, wrongToRightScore, wrongToWrongScore, rightToWrongScore];
  return { min: Math.min(...effects), max: Math.max(...effects) + options.reflectionScore + options.lengthWeight };
}
