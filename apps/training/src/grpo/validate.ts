import type { ValidationOutcome } from '../loop/objective';
import { PhaseClock } from '../loop/phase-clock';
import type { PreparedBatch } from '../data/training-data';
import type { TrainingItem } from '../data/training-item';
import { dealPrompts } from './draw/deal-prompts';
import type { GroupFacts } from './reward/facts';
import { isDropped } from './reward/failures';
import { completionMetrics, momentsOf, rewardMetrics } from './reward/reward-metrics';
import type { RewardRule } from './reward/reward-rule';
import { type Collector, collectRound } from './step/collect-round';

export interface ValidationPlan {
  readonly collector: Collector;
  readonly rule: RewardRule;
  readonly items: readonly TrainingItem[];
  /** Prompts at a time, all ranks together: bounds the videos that are held. */
  readonly atATime: number;
  readonly prepare: (items: readonly TrainingItem[], signal: AbortSignal) => Promise<PreparedBatch>;
  readonly stepsDone: number;
  readonly begins: (what: string) => void;
  readonly signal: AbortSignal;
}

/** What of a step's metrics means something here: of one completion a prompt no rate of failures, no deviation. */
const SHOWN = /^(reward\/.*\/mean|format|length\/mean|truncated)$/;

/** Completes every prompt greedily and has the completions scored by the components of the training. */
export async function validatePolicy(plan: ValidationPlan): Promise<ValidationOutcome> {
  const { collector, rule, items, atATime, prepare, stepsDone, begins, signal } = plan;
  const groups: GroupFacts[] = [];
  for (let from = 0; from < items.length; from += atATime) {
    const part = items.slice(from, from + atATime);
    const own = dealPrompts(part, collector.ranks, collector.config.video);
    const prepared = await prepare(own.items, signal);
    try {
      const round = await collectRound(collector, own, prepared, {
        ...{ step: stepsDone, prompts: part.length, round: undefined, groupSize: 1 },
        ...{ reference: undefined, parts: false, clock: new PhaseClock(begins), signal },
      });
      groups.push(...round.groups);
    } finally {
      prepared.release();
    }
  }
  const counted = groups.filter((group) => !isDropped(group, collector.config.reward.onFailure));
  const totals = counted.flat().map((sample) => rule.totalOf(sample));
  // Without a single score this is no number: no checkpoint is better for it, and patience runs out.
  const { mean: value = NaN } = momentsOf(totals);
  const scored = totals.filter((total) => total !== null).length / items.length;
  const shown = Object.entries({ ...rewardMetrics(counted, rule), ...completionMetrics(counted) })
    .filter(([name]) => SHOWN.test(name))
    .map(([name, value]) => [`val/${name}`, value] as const);
  return {
    metrics: { ...Object.fromEntries(shown), 'val/reward/total/scored': scored },
    score: { metric: 'val/reward/total/mean', value, better: 'higher' },
  };
}
