import { SrvauError } from '@srvau/contracts';
import type { PluginColumn } from '@srvau/reward-host';
import type { Scored } from '../score/scorer';
import type { GetRewardSettings } from './settings';

/** Reply of OpenRLHF's remote reward protocol. Every list has one number a rollout: trainers make tensors of them. */
export interface GetRewardReply {
  /** Weighted sum of the scores; where a plugin abstained it adds nothing. */
  rewards: number[];
  /** The rewards as a share of what can be had, 0 to 1; OpenRLHF filters groups by it. */
  scores: number[];
  /** For each plugin its scores, 0 where it has none, and `<id>_abstained` and `<id>_failed`, 1 where it has none. */
  extra_logs: Record<string, number[]>;
  /** Not part of the protocol, which leaves it alone: what lengths were counted in. */
  lengthUnit: Scored['lengthUnit'];
}

/** @throws SrvauError INTERNAL naming the plugin, the rollout and the reason where a failure is to end the request */
export function toGetRewardReply(
  { rows, columns, lengthUnit }: Scored,
  { weights, onFailure }: Pick<GetRewardSettings, 'weights' | 'onFailure'>,
): GetRewardReply {
  if (onFailure === 'abort') throwIfFailed(columns);
  const rewards = new Array<number>(rows).fill(0);
  const extra: [string, number[]][] = [];
  let [lowest, highest] = [0, 0];
  for (const { info, range, outcomes } of columns) {
    const weight = weights.get(info.id) ?? 1;
    const ends = [weight * range.min, weight * range.max];
    lowest += Math.min(...ends);
    highest += Math.max(...ends);
    const values = outcomes.map((outcome) => (outcome.kind === 'scored' ? outcome.value : 0));
    for (const [row, value] of values.entries()) rewards[row] = (rewards[row] ?? 0) + weight * value;
    extra.push(
      [info.id, values],
      [`${info.id}_abstained`, outcomes.map(({ kind }) => Number(kind === 'abstained'))],
      [`${info.id}_failed`, outcomes.map(({ kind }) => Number(kind === 'failed'))],
    );
  }
  const share = (reward: number): number => Math.min(1, Math.max(0, (reward - lowest) / (highest - lowest)));
  return {
    rewards,
    scores: highest > lowest ? rewards.map(share) : rewards.map(() => 0),
    extra_logs: Object.fromEntries(extra),
    lengthUnit,
  };
}

function throwIfFailed(columns: readonly PluginColumn[]): void {
  for (const { info, outcomes } of columns) {
    const row = outcomes.findIndex(({ kind }) => kind === 'failed');
    const outcome = outcomes[row];
    if (outcome?.kind !== 'failed') continue;
    const count = outcomes.filter(({ kind }) => kind === 'failed').length;
    throw SrvauError.mismatch(
      'INTERNAL',
      `query[${row}]`,
      `a score of ${info.id}`,
      `a failure, as for ${count} of ${outcomes.length} rollouts: ${outcome.error}`,
    );
  }
}
