import type { GrpoConfig } from '@srvau/contracts';
import type { Trainer } from '@srvau/native';
import type { StepOutcome } from '../../loop/objective';
import type { PhaseClock } from '../../loop/phase-clock';
import type { GuardWarning } from '../../guards/guards';
import type { Observation } from '../../guards/observation';
import type { GroupFacts } from '../reward/facts';
import { componentScores, completionMetrics, rewardMetrics } from '../reward/reward-metrics';
import type { RewardRule } from '../reward/reward-rule';
import { shareUpdates, type UpdateSummary } from '../update/share-update';
import { type TrainedGroup, type UpdatePlan, updatePolicy } from '../update/update-policy';
import { type Choice, chooseGroups } from './choose-groups';
import type { Collector, Round } from './collect-round';
import { sampleRows } from './sample-rows';

export interface StepPlan {
  readonly config: GrpoConfig;
  readonly rule: RewardRule;
  readonly ranks: Collector['ranks'];
  readonly trainer: Trainer;
  /** Of this step's updates. */
  readonly learningRate: UpdatePlan['learningRate'];
  /** Steps done before. */
  readonly step: number;
  readonly recordsSamples: boolean;
  readonly observe: (seen: Observation) => readonly GuardWarning[];
  readonly clock: PhaseClock;
  readonly signal: AbortSignal;
}

/** Which groups of these rounds a step is made from. */
export function choiceOf(rounds: readonly Round[], config: GrpoConfig, rule: RewardRule): Choice {
  return chooseGroups(
    rounds.map(({ groups }) => groups),
    rule,
    {
      onFailure: config.reward.onFailure,
      most: config.rollout.promptsPerStep,
      onlyVarying: config.dynamicSampling !== undefined,
    },
  );
}

/** From scored rollouts to new parameters, and what is to be known of it. */
export async function trainOnRounds(rounds: readonly Round[], choice: Choice, plan: StepPlan): Promise<StepOutcome> {
  const { config, rule, ranks, trainer, learningRate, recordsSamples, clock, signal } = plan;
  const advantages = rule.advantages(choice.chosen.map(({ group }) => group));
  const groups = trainedGroups(rounds, choice, advantages, plan);
  const { worldSize } = ranks;
  const updates = await updatePolicy(trainer, groups, { config, worldSize, learningRate, clock, signal });
  const summary = await clock.time('apply', shareUpdates(updates, ranks, ranks.sum));
  const seen = rounds.flatMap((round) => round.groups);
  const completions = completionMetrics(seen);
  const metrics = {
    ...updateMetrics(summary, config),
    lr: updates.at(-1)?.learningRate ?? learningRate(0),
    tokens: seen.flat().reduce((sum, { tokens }) => sum + tokens, 0),
    ...rewardMetrics(seen, rule),
    ...completions,
    zeroVariance: choice.withoutVariance / Math.max(1, choice.drawn - choice.dropped),
    dropped: choice.dropped / Math.max(1, choice.drawn),
    leftOut: choice.leftOut,
    ...(config.dynamicSampling === undefined ? {} : { rounds: rounds.length, groups: choice.chosen.length }),
  };
  // Without a completion there is nothing to be seen.
  const observed = choice.drawn === 0 ? undefined : observation(seen, completions, summary, rule);
  return {
    metrics,
    seconds: clock.seconds,
    warnings: observed === undefined ? [] : plan.observe(observed),
    ...(recordsSamples ? { samples: ownSamples(rounds, choice, advantages, plan) } : {}),
  };
}

function observation(
  seen: readonly GroupFacts[],
  { format = 0, 'length/mean': lengthTokens = 0 }: Readonly<Record<string, number>>,
  { skipped: skippedUpdates, kl, entropy, mismatch }: UpdateSummary,
  rule: RewardRule,
): Observation {
  const measured = Object.entries({ kl, entropy, mismatch }).filter(([, value]) => value !== undefined);
  const rewards = componentScores(seen, rule);
  return { rewards, format, lengthTokens, skippedUpdates, ...Object.fromEntries(measured) };
}

function updateMetrics(summary: UpdateSummary, { loss: { klCoef } }: GrpoConfig): Record<string, number> {
  const { loss, gradNorm, skipped, kl, entropy, ratio, clipLow, clipHigh, mismatch } = summary;
  const named = {
    loss,
    gradNorm,
    ...(klCoef > 0 ? { kl } : {}),
    ...{ entropy, 'clip/low': clipLow, 'clip/high': clipHigh, 'ratio/mean': ratio, 'mismatch/max': mismatch },
    skippedUpdates: skipped,
  };
  return Object.fromEntries(
    Object.entries(named).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

function trainedGroups(
  rounds: readonly Round[],
  { chosen }: Choice,
  advantages: readonly (readonly number[])[],
  { config }: StepPlan,
): TrainedGroup[] {
  const masks = config.overlong.mask;
  return chosen.map(({ round, index, group }, i): TrainedGroup => {
    const counted = group.filter(({ truncated }) => !(masks && truncated));
    const tokens = counted.reduce((sum, sample) => sum + sample.tokens, 0);
    return { sequences: group.length, tokens, own: ownGroup(rounds[round], index, advantages[i] ?? [], masks) };
  });
}

/** @param index among the prompts of all ranks */
function ownGroup(
  round: Round | undefined,
  index: number,
  advantages: readonly number[],
  masks: boolean,
): TrainedGroup['own'] {
  const own = round?.places.indexOf(index) ?? -1;
  const group = round?.own[own];
  if (round === undefined || group === undefined) return undefined;
  const reference = round.reference[own];
  return {
    prompt: group.prompt,
    rollouts: group.rollouts.map(({ ids, logprobs, truncated }, j) => {
      const referenceLogprobs = reference?.[j];
      return {
        ids,
        advantage: advantages[j] ?? 0,
        oldLogprobs: logprobs,
        ...(referenceLogprobs === undefined ? {} : { referenceLogprobs }),
        masked: masks && truncated,
      };
    }),
  };
}

function ownSamples(
  rounds: readonly Round[],
  { chosen }: Choice,
  advantages: readonly (readonly number[])[],
  { rule, step }: StepPlan,
): NonNullable<StepOutcome['samples']> {
  const known = new Map(chosen.map(({ round, index }, i) => [`${round}/${index}`, advantages[i]]));
  return rounds.flatMap(({ own, places }, round) =>
    own.flatMap((group, i) => sampleRows(step + 1, group, known.get(`${round}/${places[i]}`), rule)),
  );
}
