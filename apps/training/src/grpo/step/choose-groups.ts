import type { FailurePolicy } from '@srvau/contracts';
import type { GroupFacts } from '../reward/facts';
import { isDropped } from '../reward/failures';
import type { RewardRule } from '../reward/reward-rule';

export interface ChoiceRules {
  readonly onFailure: FailurePolicy;
  /** Groups of one step. */
  readonly most: number;
  /** Leaves out those that bring no gradient. */
  readonly onlyVarying: boolean;
}

export interface Choice {
  /** That take part in the step, in the order in which they were drawn. */
  readonly chosen: readonly { readonly round: number; readonly index: number; readonly group: GroupFacts }[];
  /** Groups on which a plugin failed, under the policy that drops them. */
  readonly dropped: number;
  /** Groups, of those not dropped, whose rollouts are all worth the same. */
  readonly withoutVariance: number;
  /** Groups, without those that were left out. */
  readonly drawn: number;
  /** Prompts without a group: too long for the model. */
  readonly leftOut: number;
}

/** Which groups of the rounds drawn so far a step trains on: a function of what all ranks know. */
export function chooseGroups(rounds: readonly (readonly GroupFacts[])[], rule: RewardRule, rules: ChoiceRules): Choice {
  const { onFailure, most, onlyVarying } = rules;
  const places = rounds.flatMap((groups, round) => groups.map((group, index) => ({ round, index, group })));
  const drawn = places.filter(({ group }) => group.length > 0);
  const kept = drawn.filter(({ group }) => !isDropped(group, onFailure));
  const varies = rule.varies(kept.map(({ group }) => group));
  const chosen = onlyVarying ? kept.filter((_, i) => varies[i]) : kept;
  return {
    chosen: chosen.slice(0, most),
    dropped: drawn.length - kept.length,
    withoutVariance: varies.filter((does) => !does).length,
    drawn: drawn.length,
    leftOut: places.length - drawn.length,
  };
}
