import type { RolloutNeed } from './plugin';
import type { Rollout } from './rollout';
import { abstain, type ScoreOutcome } from './score';

/**
 * Scores the rollouts that have what a plugin needs, and abstains in its name from the others.
 *
 * @param score gives one outcome a rollout
 * @returns one outcome for each rollout of `batch`, in its order
 */
export async function scoreWhereFit(
  needs: readonly RolloutNeed[],
  batch: readonly Rollout[],
  score: (fit: readonly Rollout[]) => Promise<readonly ScoreOutcome[]>,
): Promise<readonly ScoreOutcome[]> {
  const missing = missingNeeds(needs, batch);
  if (missing.size === 0) return score(batch);
  const outcomes = await score(Object.freeze(batch.filter((_, row) => !missing.has(row))));
  let next = 0;
  return batch.map((_, row) => {
    const need = missing.get(row);
    return need === undefined ? (outcomes[next++] as ScoreOutcome) : abstain(`no ${need}`);
  });
}

/** What each row lacks, by row; nothing for rows that lack nothing. */
export function missingNeeds(
  needs: readonly RolloutNeed[],
  batch: readonly Rollout[],
): ReadonlyMap<number, RolloutNeed> {
  const missing = new Map<number, RolloutNeed>();
  if (needs.length === 0) return missing;
  for (const [row, rollout] of batch.entries()) {
    const need = needs.find((each) => !has(rollout, each));
    if (need !== undefined) missing.set(row, need);
  }
  return missing;
}

function has({ truth, lengths, durationSec }: Rollout, need: RolloutNeed): boolean {
  switch (need) {
    case 'label':
      return truth.label !== undefined;
    case 'normal':
      return truth.normal !== undefined;
    case 'span':
      return truth.span !== undefined;
    case 'durationSec':
      return durationSec !== undefined;
    case 'tokens':
      return lengths.unit === 'tokens';
  }
}
