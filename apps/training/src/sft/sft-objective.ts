import type { SftConfig } from '@srvau/contracts';
import { nativeCall } from '@srvau/models';
import type { Model, SftSample, Trainer } from '@srvau/native';
import { EpochOrder, partOf } from '../data/epoch-order';
import type { TrainingData } from '../data/training-data';
import type { TooLongRecords } from '../data/too-long-records';
import type { Objective, StepOutcome, ValidationOutcome } from '../loop/objective';
import { PhaseClock } from '../loop/phase-clock';
import { learningRateAt } from '../policy/learning-rate';
import type { Policy } from '../policy/open-policy';
import type { RankContext } from '../rank/rank-context';
import { sumOverRanks } from '../rank/sum-over-ranks';
import { type Lesson, type Pass, PassReader, type PassReaderOptions } from './pass-reader';
import { SkippedSteps } from './skipped-steps';
import { addStats, noSums, type Sums, sumsOfAll } from './sums';
import { weightsOf } from './target';
import { validate } from './validate';

export interface SftParts {
  readonly config: SftConfig;
  readonly policy: Policy;
  readonly data: TrainingData;
  /** In the order of the records' ids; of training never empty. */
  readonly lessons: { readonly train: readonly Lesson[]; readonly val: readonly Lesson[] };
  readonly tooLong: TooLongRecords;
  readonly context: RankContext;
}

/**
 * Supervised training on the transcripts of D_reflect, paper Eq. 1: the mean over a batch of −log p of each token, weighed by
 * the part of the transcript that it is in.
 *
 * That prompt and transcript of a record together are too long for the model is known only when its video has been read. It
 * is left out then (`leftOut`), but its weight stays in what the gradient is divided by.
 */
export class SftObjective implements Objective {
  readonly model: Model;
  readonly trainer: Trainer;
  readonly totalSteps: number;
  readonly #order: EpochOrder;
  readonly #passOptions: PassReaderOptions;
  readonly #reader: PassReader;
  readonly #skipped = new SkippedSteps();
  /** The lessons that were asked for last, so that what is read ahead is what is asked for. */
  #next: { step: number; lessons: readonly Lesson[] } | undefined;

  /** @throws SrvauError UNPROCESSABLE: fewer records than one batch needs */
  constructor(private readonly parts: SftParts) {
    const { config, data, policy, lessons } = parts;
    this.model = policy.model;
    this.trainer = policy.trainer;
    this.#order = new EpochOrder({
      seed: config.seed,
      items: lessons.train.length,
      batchSize: config.batchSize,
      field: 'config.batchSize',
    });
    const epochs = config.epochs ?? (config.steps === undefined ? 1 : undefined);
    const byEpochs = epochs === undefined ? Infinity : this.#order.batchesIn(epochs);
    this.totalSteps = Math.min(config.steps ?? Infinity, byEpochs);
    this.#passOptions = {
      data,
      maxTokens: config.compute.maxTokensPerPass,
      maxPositions: this.model.info.text.maxPositions,
    };
    this.#reader = new PassReader(this.#passOptions);
  }

  async step(step: number, signal: AbortSignal): Promise<StepOutcome> {
    const { config, context } = this.parts;
    const watch = new PhaseClock((phase) => context.begins(phase));
    const lessons = this.#lessonsOf(step);
    const following = step + 1 < this.totalSteps ? this.#lessonsOf(step + 1) : undefined;
    this.#next = following === undefined ? undefined : { step: step + 1, lessons: following };
    const own = await this.#accumulate(lessons, following, watch, signal);
    const lr = learningRateAt(config.optimizer, step, this.totalSteps);
    const { gradNorm, skipped } = await watch.time('train', nativeCall(this.trainer.step(lr, { signal })));
    const sums = await watch.time('train', sumsOfAll(own, sumOverRanks({ group: context.group, signal })));
    const warnings = this.#skipped.count(skipped);
    return {
      metrics: {
        // Absent where all of the batch was too long.
        ...(sums.tokens > 0 ? { loss: sums.lossSum / sums.weightSum, entropy: sums.entropySum / sums.tokens } : {}),
        gradNorm,
        lr,
        epoch: this.#order.epochsAfter(step + 1),
        tokens: sums.tokens,
        leftOut: sums.leftOut,
        skippedSteps: this.#skipped.total,
      },
      seconds: watch.seconds,
      warnings,
    };
  }

  async validate(stepsDone: number, signal: AbortSignal): Promise<ValidationOutcome | undefined> {
    const { config, context, lessons } = this.parts;
    const { every, limit } = config.validation;
    if (every === 0 || (stepsDone % every !== 0 && stepsDone !== this.totalSteps)) return undefined;
    return validate(this.model, partOf(lessons.val.slice(0, limit), context), {
      ...this.#passOptions,
      weights: config.weights,
      mrope: config.compute.mrope,
      group: context.group,
      signal,
      tellTooLong: (ids) => this.#tellTooLong(ids),
    });
  }

  state(): Record<string, unknown> {
    return this.#skipped.state();
  }

  restore(state: Record<string, unknown>): void {
    this.#skipped.restore(state);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader[Symbol.asyncDispose]();
    this.parts.data.close();
    await this.parts.policy[Symbol.asyncDispose]();
  }

  /** What this rank does of a step. */
  #lessonsOf(step: number): readonly Lesson[] {
    if (this.#next?.step === step) return this.#next.lessons;
    const { lessons, context } = this.parts;
    const batch = this.#order.batch(step).flatMap((index) => lessons.train[index] ?? []);
    return partOf(batch, context);
  }

  /** Adds the gradient of this rank's part of the batch, pass by pass, divided by the weights of the whole of it. */
  async #accumulate(
    lessons: readonly Lesson[],
    following: readonly Lesson[] | undefined,
    watch: PhaseClock,
    signal: AbortSignal,
  ): Promise<Sums> {
    const own = noSums();
    const sum = sumOverRanks({ group: this.parts.context.group, signal });
    const [normalizer = 0] = await sum(Float64Array.of(this.#weightOf(lessons)));
    const passes = this.#reader.passes(lessons, following, signal);
    try {
      for (;;) {
        const { value: pass, done } = await watch.time('prepare', passes.next());
        if (done === true) return own;
        await watch.time('train', this.#learn(pass, normalizer, own, signal));
      }
    } finally {
      await passes.return(undefined);
    }
  }

  async #learn(pass: Pass, normalizer: number, own: Sums, signal: AbortSignal): Promise<void> {
    try {
      this.#tellTooLong(pass.tooLong);
      own.leftOut += pass.tooLong.length;
      if (pass.lessons.length === 0) return;
      const samples = pass.lessons.map(({ prompt, target }): SftSample => {
        return { prompt, completion: target.ids, weights: weightsOf(target, this.parts.config.weights) };
      });
      addStats(own, await nativeCall(this.trainer.accumulateSft(samples, { normalizer, signal })));
    } finally {
      pass.release();
    }
  }

  #weightOf(lessons: readonly Lesson[]): number {
    let sum = 0;
    for (const { target } of lessons) {
      for (const weight of weightsOf(target, this.parts.config.weights)) sum += weight;
    }
    return sum;
  }

  #tellTooLong(ids: readonly string[]): void {
    for (const id of ids) this.parts.tooLong.tell(id);
  }
}
