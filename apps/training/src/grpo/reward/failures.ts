import { type FailurePolicy, SrvauError } from '@srvau/contracts';
import type { ScoreCell } from '../scoring/score-cells';
import type { GroupFacts } from './facts';

/** Of how many rollouts a message names the first. */
interface Failures {
  first: string;
  rollouts: number;
}

/**
 * Ends the run where a plugin failed and the policy is to abort.
 *
 * @param columns by plugin, one cell for each rollout
 * @throws SrvauError UNPROCESSABLE with what each plugin said
 */
export function abortOnFailure(columns: ReadonlyMap<string, readonly ScoreCell[]>, policy: FailurePolicy): void {
  if (policy !== 'abort') return;
  const failed = new Map<string, Failures>();
  for (const [plugin, cells] of columns) {
    for (const cell of cells) {
      if (cell.kind !== 'failed') continue;
      const known = failed.get(plugin);
      if (known === undefined) failed.set(plugin, { first: cell.error, rollouts: 1 });
      else known.rollouts += 1;
    }
  }
  if (failed.size === 0) return;
  const details = [...failed].map(([plugin, { first, rollouts }]) => ({
    field: `reward ${plugin}`,
    expected: 'a score or an abstention for every rollout',
    received: `${rollouts} failed, the first with: ${first}`,
  }));
  const told = details.map(({ field, received }) => `${field}: ${received}`).join('; ');
  const remedy = 'config.reward.onFailure says what else may become of such rollouts';
  throw new SrvauError('UNPROCESSABLE', `${told}; ${remedy}`, { details });
}

/** Whether a group takes no part in the step, since a plugin failed on one of its rollouts. */
export function isDropped(group: GroupFacts, policy: FailurePolicy): boolean {
  return policy === 'drop-group' && group.some(({ scores }) => scores.includes('failed'));
}
