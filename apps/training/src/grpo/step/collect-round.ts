import type { GrpoConfig } from '@srvau/contracts';
import type { PreparedBatch } from '../../data/training-data';
import type { PhaseClock } from '../../loop/phase-clock';
import type { SumOverRanks } from '../../rank/sum-over-ranks';
import type { Share } from '../draw/deal-prompts';
import { drawGreedily, drawRollouts, type RolloutGroup, type Sampler } from '../draw/draw-rollouts';
import type { Reference } from '../reference';
import type { GroupFacts } from '../reward/facts';
import { abortOnFailure } from '../reward/failures';
import { shareFacts } from '../reward/share-facts';
import { bothOf } from './both-of';
import type { RewardClient } from '../scoring/reward-client';
import { rolloutRows } from '../scoring/rollout-rows';
import { type ScoredGroup, scoredGroups } from '../scoring/scored-groups';

export interface Collector {
  readonly sampler: Sampler;
  readonly rewards: Pick<RewardClient, 'score'>;
  readonly config: Pick<GrpoConfig, 'reward' | 'video'>;
  readonly ranks: { readonly rank: number; readonly worldSize: number; readonly sum: SumOverRanks };
}

/** Prompts that were completed and scored together. One that is too long for the model has a group without rollouts. */
export interface Round {
  /** One for each prompt of all ranks; the same on all of them. */
  readonly groups: readonly GroupFacts[];
  /** Of this rank. */
  readonly own: readonly ScoredGroup[];
  /** Of their prompts among those of all ranks. */
  readonly places: readonly number[];
  /** For each of these and each rollout; empty without a reference. */
  readonly reference: readonly (readonly Float32Array[])[];
}

export interface RoundOptions {
  readonly step: number;
  /** Number of prompts, all ranks together. */
  readonly prompts: number;
  /** Undefined: one greedy completion of each prompt. */
  readonly round: number | undefined;
  readonly groupSize: number;
  /** Undefined where nothing is trained, or the reference does not count. */
  readonly reference: Reference | undefined;
  /** Also the parts of scores. */
  readonly parts: boolean;
  readonly clock: PhaseClock;
  readonly signal: AbortSignal;
}

/**
 * Completes this rank's prompts and has the completions scored, while the reference computes; then tells the other ranks.
 *
 * @throws SrvauError UNPROCESSABLE where a plugin failed and the policy is to abort
 */
export async function collectRound(
  { sampler, rewards, config, ranks }: Collector,
  { items, places }: Share,
  { prompts: prepared }: PreparedBatch,
  options: RoundOptions,
): Promise<Round> {
  const { step, prompts, round, groupSize, clock, signal } = options;
  const questions = { items, prompts: prepared };
  const drawing =
    round === undefined
      ? drawGreedily(sampler, questions, signal)
      : drawRollouts(sampler, questions, { step, round }, signal);
  const drawn = await clock.time('generate', drawing);
  const [columns, reference] = await scoreAndRefer(drawn, rewards, options);
  abortOnFailure(columns, config.reward.onFailure);
  const own = scoredGroups(drawn, columns);
  const shape = { prompts, groupSize, components: config.reward.components.length };
  const facts = own.map((group) => group.facts);
  // Longer completions of other ranks, or their scores, are waited for in here.
  const groups = await clock.time('exchange', shareFacts(facts, places, shape, ranks.sum));
  return { groups, own, places, reference };
}

/** `score` is the time by which waiting for scores was longer than the work done meanwhile. */
async function scoreAndRefer(
  drawn: readonly RolloutGroup[],
  rewards: Pick<RewardClient, 'score'>,
  { step, parts, reference, clock, signal }: RoundOptions,
): Promise<[Awaited<ReturnType<RewardClient['score']>>, Float32Array[][]]> {
  const begun = performance.now();
  let referred = begun;
  const result = await bothOf(
    signal,
    (linked) => rewards.score(rolloutRows(drawn), { step, parts }, linked),
    async (linked) => {
      if (reference === undefined) return [];
      const logprobs = await reference.logprobs(drawn, linked);
      referred = performance.now();
      return logprobs;
    },
  );
  if (reference !== undefined) clock.add('reference', referred - begun);
  clock.add('score', performance.now() - referred);
  return result;
}
