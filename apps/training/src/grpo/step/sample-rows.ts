import type { SampleRow } from '../../run/samples-table';
import type { RewardRule } from '../reward/reward-rule';
import type { ScoredGroup } from '../scoring/scored-groups';

/** @param advantages one for each rollout; undefined where the group took no part in the step */
export function sampleRows(
  stepsDone: number,
  { item, rollouts, scores, facts }: ScoredGroup,
  advantages: readonly number[] | undefined,
  rule: RewardRule,
): SampleRow[] {
  return rollouts.map(({ id, text, truncated, wellFormed }, j) => {
    const fact = facts[j];
    return {
      step: stepsDone,
      id,
      groupId: item.id,
      task: item.task,
      prompt: item.prompt.user,
      completion: text,
      finish: truncated ? 'length' : 'stop',
      tokens: fact?.tokens ?? 0,
      truth: item.truth,
      scores: scores[j] ?? {},
      reward: fact === undefined ? null : rule.totalOf(fact),
      advantage: advantages?.[j] ?? null,
      wellFormed,
    };
  });
}
