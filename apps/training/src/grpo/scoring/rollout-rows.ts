import type { RolloutRow } from '@srvau/contracts';
import type { RolloutGroup } from '../draw/draw-rollouts';

/** Rollouts as they travel; those of a group stand next to each other. */
export function rolloutRows(groups: readonly RolloutGroup[]): RolloutRow[] {
  return groups.flatMap(({ item: { id: groupId, task, truth, durationSec }, rollouts }) =>
    rollouts.map(({ id, text, tokens }) => ({
      ...{ id, groupId, task, completion: text, tokens, truth },
      ...(durationSec === null ? {} : { durationSec }),
    })),
  );
}
