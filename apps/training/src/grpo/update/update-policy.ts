import type { GrpoConfig } from '@srvau/contracts';
import { nativeCall } from '@srvau/models';
import type { GrpoLossOptions, GrpoStats, GrpoTotals, RolloutGroup, Trainer } from '@srvau/native';
import type { PhaseClock } from '../../loop/phase-clock';
import { cutEvenly } from './cut-evenly';

/** A group that takes part in the step, on whichever rank. */
export interface TrainedGroup {
  /** Masked rollouts too. */
  readonly sequences: number;
  /** Of rollouts that are not masked. */
  readonly tokens: number;
  /** Undefined where it is another rank's. */
  readonly own: RolloutGroup | undefined;
}

export interface UpdatePlan {
  readonly config: Pick<GrpoConfig, 'loss' | 'rollout' | 'minibatches' | 'iterations'>;
  readonly worldSize: number;
  /** @param update of this step, from 0 */
  readonly learningRate: (update: number) => number;
  /** `update` is what this rank computes; `apply` the sum over the ranks, the wait for them included, and the optimizer. */
  readonly clock: PhaseClock;
  readonly signal: AbortSignal;
}

/** One optimizer step. */
export interface Update {
  readonly learningRate: number;
  /** The same on all ranks. */
  readonly gradNorm: number;
  /** The norm was not finite, and nothing was changed. */
  readonly skipped: boolean;
  /** Of this rank. */
  readonly stats: GrpoStats;
}

/**
 * Trains on the groups of a step: in minibatches, as often as the configuration says. All ranks make the same steps, each
 * with its own part of every minibatch.
 *
 * @param groups of all ranks, in the same order on each
 */
export async function updatePolicy(
  trainer: Trainer,
  groups: readonly TrainedGroup[],
  { config, worldSize, learningRate, clock, signal }: UpdatePlan,
): Promise<Update[]> {
  const { minibatches, iterations, rollout } = config;
  const loss = lossOptions(config);
  const parts = cutEvenly(groups, minibatches);
  const updates: Update[] = [];
  for (let i = 0; i < iterations * minibatches; i++) {
    const part = parts[i % minibatches] ?? [];
    // Too few groups were left for all minibatches. The schedule goes by the place, so that it does not depend on them.
    if (part.length === 0) continue;
    const own = part.flatMap((group) => group.own ?? []);
    const totals = totalsOf(part, config.loss.type, worldSize);
    const options = { loss, totals, temperature: rollout.temperature, signal };
    const stats = await clock.time('update', nativeCall(trainer.accumulateGrpo(own, options)));
    const rate = learningRate(i);
    const { gradNorm, skipped } = await clock.time('apply', nativeCall(trainer.step(rate, { signal })));
    updates.push({ learningRate: rate, gradNorm, skipped, stats });
  }
  return updates;
}

/**
 * What the loss is divided by: that of all ranks, so that their parts add up to the loss of the whole. `bnpo` is by
 * definition the mean over the tokens of each rank, and then over the ranks.
 */
function totalsOf(groups: readonly TrainedGroup[], type: GrpoConfig['loss']['type'], worldSize: number): GrpoTotals {
  const sum = (of: readonly TrainedGroup[], value: (group: TrainedGroup) => number): number =>
    of.reduce((total, group) => total + value(group), 0);
  const sequences = sum(groups, (group) => group.sequences);
  if (type !== 'bnpo') return { sequences, tokens: sum(groups, (group) => group.tokens) };
  const own = groups.filter((group) => group.own !== undefined);
  return { sequences, tokens: worldSize * sum(own, (group) => group.tokens) };
}

function lossOptions({ loss, rollout }: UpdatePlan['config']): GrpoLossOptions {
  const { type, importance, clipLow, clipHigh, delta, klCoef, klTimesRatio } = loss;
  return {
    ...{ lossType: type, importance, clipLow, clipHigh, klCoef, klTimesRatio },
    ...(delta === undefined ? {} : { delta }),
    ...(type === 'dr_grpo' ? { maxCompletionLength: rollout.maxNewTokens } : {}),
  };
}
