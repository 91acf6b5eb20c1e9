import { readRollout, type RolloutRow } from '@srvau/contracts';
import type { Grammar } from '@srvau/reasoning';
import type { Rollout } from '../rollout';
import { deepFreeze } from '../freeze';
import { toRollout } from '../to-rollout';

/** Fields of a rollout in its wire form, all optional, and the grammar to parse it under. */
export type RolloutFields = Partial<RolloutRow> & { readonly grammar?: Grammar };

/**
 * A rollout for a test, as a plugin gets it: checked, parsed, frozen.
 *
 * @example rollout({ completion: '<think>a</think><answer>B</answer>…', truth: { label: 'B' } })
 * @throws SrvauError for fields that no service would accept
 */
export function rollout({ grammar = 'reflective', ...fields }: RolloutFields = {}): Rollout {
  const row = { id: 'rollout-1', groupId: 'group-1', task: 'qa', completion: '', truth: {}, ...fields };
  return deepFreeze(toRollout(readRollout(row, 'rollout'), { grammar }));
}
