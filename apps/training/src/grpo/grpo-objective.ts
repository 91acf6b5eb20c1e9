import type { GrpoConfig } from '@srvau/contracts';
import type { Model, Trainer } from '@srvau/native';
import type { BatchPrefetch } from '../data/batch-prefetch';
import type { EpochOrder } from '../data/epoch-order';
import type { TooLongRecords } from '../data/too-long-records';
import type { PreparedBatch, TrainingData } from '../data/training-data';
import { Guards } from '../guards/guards';
import type { Objective, StepOutcome, ValidationOutcome } from '../loop/objective';
import { PhaseClock } from '../loop/phase-clock';
import { learningRateAt } from '../policy/learning-rate';
import type { Policy } from '../policy/open-policy';
import { dealPrompts, type Share } from './draw/deal-prompts';
import { type GrpoState, readGrpoState } from './grpo-state';
import type { Reference } from './reference';
import { RewardRule } from './reward/reward-rule';
import type { RewardClient } from './scoring/reward-client';
import { type Collector, collectRound, type Round, type RoundOptions } from './step/collect-round';
import { choiceOf, trainOnRounds } from './step/run-step';
import { validatePolicy } from './validate';

export interface GrpoParts {
  readonly config: GrpoConfig;
  readonly policy: Policy;
  readonly data: TrainingData;
  readonly prefetch: BatchPrefetch;
  readonly order: EpochOrder;
  readonly rewards: Pick<RewardClient, 'score' | 'versions'>;
  /** Absent where the divergence from it does not count. */
  readonly reference: Reference | undefined;
  readonly ranks: Collector['ranks'];
  readonly tooLong: TooLongRecords;
  /** Told before each step, for messages of others. */
  readonly onStep: (stepsDone: number) => void;
  /** Told of what is begun. */
  readonly begins: (what: string) => void;
}

/** Group-relative policy optimisation: draws completions, has them scored, and makes the better ones of a group likelier. */
export class GrpoObjective implements Objective {
  readonly model: Model;
  readonly trainer: Trainer;
  readonly totalSteps: number;
  readonly #parts: GrpoParts;
  readonly #rule: RewardRule;
  readonly #guards: Guards;
  readonly #collector: Collector;
  /** Batches of prompts drawn so far: more than steps where further ones are drawn in place of groups that teach nothing. */
  #batches = 0;
  /** The same list for prefetch and use, by which the prefetch knows it. */
  #next: { readonly batch: number; readonly share: Share } | undefined;

  constructor(parts: GrpoParts) {
    const { config, policy, data, order, rewards, ranks, tooLong } = parts;
    this.#parts = parts;
    this.model = policy.model;
    this.trainer = policy.trainer;
    this.totalSteps = config.steps ?? order.batchesIn(1);
    this.#rule = new RewardRule(config);
    this.#guards = new Guards(
      config.guards,
      config.reward.components.map(({ plugin }) => plugin),
    );
    const tellTooLong = (id: string): void => tooLong.tell(id);
    const sampler = { model: policy.model, tokenizer: data.tokenizer, config, tellTooLong };
    this.#collector = { sampler, rewards, config, ranks };
  }

  async step(step: number, signal: AbortSignal): Promise<StepOutcome> {
    const { config, ranks, order, onStep, begins } = this.#parts;
    onStep(step);
    const clock = new PhaseClock(begins);
    const recordsSamples = config.samplesEvery > 0 && step % config.samplesEvery === 0;
    const held: PreparedBatch[] = [];
    try {
      const rounds = await this.#collect(step, { held, parts: recordsSamples, clock, signal });
      const choice = choiceOf(rounds, config, this.#rule);
      const outcome = await trainOnRounds(rounds, choice, {
        ...{ config, rule: this.#rule, ranks, trainer: this.trainer, step, recordsSamples, clock, signal },
        learningRate: (update) => this.#learningRate(step, update),
        observe: (seen) => this.#guards.observe(seen),
      });
      this.#batches += rounds.length;
      return { ...outcome, metrics: { ...outcome.metrics, epoch: order.epochsAfter(this.#batches) } };
    } finally {
      for (const batch of held) batch.release();
    }
  }

  async validate(stepsDone: number, signal: AbortSignal): Promise<ValidationOutcome | undefined> {
    const { config, data, onStep, begins } = this.#parts;
    const { every, limit } = config.validation;
    const isDue = every > 0 && (stepsDone % every === 0 || stepsDone === this.totalSteps);
    if (!isDue || data.val.length === 0) return undefined;
    onStep(stepsDone);
    return validatePolicy({
      ...{ collector: this.#collector, rule: this.#rule, items: data.val.slice(0, limit), stepsDone, begins, signal },
      atATime: config.rollout.promptsPerStep,
      prepare: (items, linked) => data.prepareAll(items, linked),
    });
  }

  state(): Record<string, unknown> {
    const { versions: scoreVersions } = this.#parts.rewards;
    return { batches: this.#batches, guards: this.#guards.state, scoreVersions } satisfies GrpoState;
  }

  restore(recorded: Record<string, unknown>): void {
    const { batches, guards } = readGrpoState(recorded);
    this.#batches = batches;
    this.#guards.restore(guards);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { prefetch, data, reference, policy } = this.#parts;
    await prefetch[Symbol.asyncDispose]();
    data.close();
    await reference?.[Symbol.asyncDispose]();
    await policy[Symbol.asyncDispose]();
  }

  /** One round; with dynamic sampling as many as it takes to have enough groups that teach something. */
  async #collect(
    step: number,
    { held, ...how }: Pick<RoundOptions, 'parts' | 'clock' | 'signal'> & { readonly held: PreparedBatch[] },
  ): Promise<Round[]> {
    const { config, prefetch, reference } = this.#parts;
    const { promptsPerStep, groupSize } = config.rollout;
    const mostRounds = config.dynamicSampling?.maxRounds ?? 1;
    const rounds: Round[] = [];
    for (let round = 0; round < mostRounds; round++) {
      const batch = this.#batches + round;
      const share = this.#shareOf(batch);
      // The next batch is decoded while this one is used; after the last step there is none.
      const next = step + 1 < this.totalSteps ? this.#shareOf(batch + 1) : undefined;
      const prepared = await how.clock.time('prepare', prefetch.take(share.items, next?.items, how.signal));
      held.push(prepared);
      rounds.push(
        await collectRound(this.#collector, share, prepared, {
          ...{ step, prompts: promptsPerStep, round, groupSize, reference, ...how },
        }),
      );
      if (choiceOf(rounds, config, this.#rule).chosen.length >= promptsPerStep) break;
    }
    return rounds;
  }

  /** Prompts of this rank. */
  #shareOf(batch: number): Share {
    if (this.#next?.batch === batch) return this.#next.share;
    const { config, data, order, ranks } = this.#parts;
    const items = order.batch(batch).flatMap((index) => data.train[index] ?? []);
    this.#next = { batch, share: dealPrompts(items, ranks, config.video) };
    return this.#next.share;
  }

  /** By the place of the update in the whole run. */
  #learningRate(step: number, update: number): number {
    const { optimizer, minibatches, iterations } = this.#parts.config;
    const perStep = minibatches * iterations;
    return learningRateAt(optimizer, step * perStep + update, this.totalSteps * perStep);
  }
}
