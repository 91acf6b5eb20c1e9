import type { ReflectionRewardOptions } from './options';

type TransitionScores = Pick<
  ReflectionRewardOptions,
  'rightToRightScore' | 'wrongToRightScore' | 'wrongToWrongScore' | 'rightToWrongScore'
>;

/** I_eff (Eq. 5): what the reflection did to the answer. */
export function effectiveness(firstRight: boolean, finalRight: boolean, scores: Readonly<TransitionScores>): number {
  if (firstRight) return finalRight ? scores.rightToRightScore : scores.rightToWrongScore;
  return finalRight ? scores.wrongToRightScore : scores.wrongToWrongScore;
}
