import { abstain, isCorrect, type Rollout, type Score, scored } from '@srvau/reward-sdk';
import type { TaskRewardOptions } from './options';

/** R_task = R_format + R_accuracy (Eq. 3), in [0, formatScore + accuracyScore]. Abstains where the truth is unknown. */
export function taskReward(rollout: Rollout, options: Readonly<TaskRewardOptions>): Score {
  const { wellFormed, firstAnswer, finalAnswer } = rollout.transcript;
  const correct = isCorrect(rollout, options.answer === 'first' ? firstAnswer : finalAnswer);
  // The format alone would be a score out of another range than the rest of the batch has.
  if (correct === undefined) return abstain(rollout.task === 'qa' ? 'no label' : 'no verdict in the truth');
  const format = wellFormed ? options.formatScore : 0;
  const accuracy = correct ? options.accuracyScore : 0;
  return scored(format + accuracy, { format, accuracy });
}
