import { type SftConfig, SrvauError } from '@srvau/contracts';
import { nativeCall } from '@srvau/models';
import type { Model, SftSample, Trainer } from '@srvau/native';
import { EpochOrder, partOf } from '../data/epoch-order';
import type { TrainingData } from '../data/training-data';
import type { TrainingItem } from '../data/training-item';
import type { Objective, StepOutcome, ValidationOutcome } from '../loop/objective';
import { learningRateAt } from '../policy/learning-rate';
import type { Policy } from '../policy/open-policy';
import type { RankContext } from '../rank/rank-context';
import type { Lessons } from './lessons';
import { type Lesson, type Pass, PassReader, type PassReaderOptions } from './pass-reader';
import { SkippedSteps } from './skipped-steps';
import { Stopwatch } from './stopwatch';
import { addStats, noSums, reduced, type Sums, sumsOfAll } from './sums';
import { weightsOf } from './target';
import { validate } from './validate';

export interface SftParts {
  readonly config: SftConfig;
  readonly policy: Policy;
  readonly data: TrainingData;
  readonly lessons: Lessons;
  readonly context: RankContext;
}

/**
 * Supervised training on the transcripts of D_reflect, paper Eq. 1: the mean over a batch of −log p of each token, weighed by
 * the part of the transcript that it is in.
 *
 * Records that cannot be learned count as if their batch did not hold them (`leftOut`). One is an exception: that prompt and
 * transcript together are too long for the model is known only when its video has been read, so its weight stays in what the
 * gradient is divided by.
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
    const { config, data, policy } = parts;
    this.model = policy.model;
    this.trainer = policy.trainer;
    this.#order = new EpochOrder({
      seed: config.seed,
      items: data.train.length,
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
    const watch = new Stopwatch();
    const lessons = this.#lessonsOf(step);
    const following = step + 1 < this.totalSteps ? this.#lessonsOf(step + 1) : undefined;
    this.#next = following === undefined ? undefined : { step: step + 1, lessons: following };
    const own = await this.#accumulate(lessons, following, watch, signal);
    own.leftOut += this.#items(step).length - lessons.length;
    const lr = learningRateAt(config.optimizer, step, this.totalSteps);
    const { gradNorm, skipped } = await watch.time('train', nativeCall(this.trainer.step(lr, { signal })));
    const sums = await watch.time('train', sumsOfAll(own, context.group, signal));
    const warnings = this.#skipped.count(skipped);
    return {
      metrics: {
        loss: sums.lossSum / sums.weightSum,
        entropy: sums.entropySum / sums.tokens,
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
    const { config, context, data, lessons } = this.parts;
    const { every, limit } = config.validation;
    if (every === 0 || (stepsDone % every !== 0 && stepsDone !== this.totalSteps)) return undefined;
    const items = partOf(data.val.slice(0, limit), context);
    return validate(this.model, lessons.of(items), {
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
  #items(step: number): TrainingItem[] {
    const { data, context } = this.parts;
    const batch = this.#order.batch(step).flatMap((index) => data.train[index] ?? []);
    return partOf(batch, context);
  }

  #lessonsOf(step: number): readonly Lesson[] {
    return this.#next?.step === step ? this.#next.lessons : this.parts.lessons.of(this.#items(step));
  }

  /** Adds the gradient of this rank's part of the batch, pass by pass, divided by the weights of the whole of it. */
  async #accumulate(
    lessons: readonly Lesson[],
    following: readonly Lesson[] | undefined,
    watch: Stopwatch,
    signal: AbortSignal,
  ): Promise<Sums> {
    const own = noSums();
    const [normalizer = 0] = await reduced([this.#weightOf(lessons)], this.parts.context.group, signal);
    if (!(normalizer > 0)) {
      const expected = 'a batch with a token to learn';
      throw SrvauError.mismatch('UNPROCESSABLE', 'data', expected, 'records that are all left out, see the log');
    }
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
    this.parts.lessons.tellTooLong(ids, this.#passOptions.maxPositions);
  }
}
