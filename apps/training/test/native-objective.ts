import { join } from 'node:path';
import { Model, type SftSample, Trainer, totalWeight } from '@srvau/native';
import type { Objective, StepOutcome } from '../src/loop/objective';
import type { RankContext } from '../src/rank/rank-context';
import type { TrainingRun } from '../src/run/run';
import { sample } from './toy';

/** A committed checkpoint of 60 thousand parameters. */
export const NATIVE_CHECKPOINT = join(__dirname, '../../../tests/reference/native/text-only');

/** Some tokens to learn, others in each step. */
const batchOf = (step: number): SftSample[] =>
  [0, 1].map((i) => ({
    prompt: { ids: [3 + (step % 7), 9 + i] },
    completion: [20 + i, 30 + (step % 5), 40],
    weights: [1, 1, 0.5],
  }));

/** The smallest training of a real model: its checkpoints are real ones, by several ranks too. */
export class NativeObjective implements Objective {
  private constructor(
    readonly model: Model,
    readonly trainer: Trainer,
    private readonly context: RankContext,
    readonly totalSteps: number,
    private readonly before: (step: number) => void,
  ) {}

  /** @param before is called at the beginning of each step */
  static async create(
    run: TrainingRun,
    context: RankContext,
    steps: number,
    before: (step: number) => void = () => undefined,
  ): Promise<NativeObjective> {
    const { group, signal } = context;
    const model = await Model.load(run.resume?.dir ?? NATIVE_CHECKPOINT, { signal });
    const trainer = await Trainer.create(model, group === undefined ? { signal } : { signal, group });
    if (run.resume !== null) await trainer.loadState(run.resume.optimizer, { signal });
    return new NativeObjective(model, trainer, context, steps, before);
  }

  async step(step: number, signal: AbortSignal): Promise<StepOutcome> {
    this.before(step);
    const { rank, worldSize, group } = this.context;
    const batch = batchOf(step);
    const own = batch.filter((_, i) => i % worldSize === rank);
    const { lossSum } = await this.trainer.accumulateSft(own, { normalizer: totalWeight(batch), signal });
    const [total = lossSum] = group === undefined ? [] : await group.reduce([lossSum], { signal });
    const { gradNorm } = await this.trainer.step(1e-3, { signal });
    return {
      metrics: { loss: total / totalWeight(batch), gradNorm },
      seconds: { train: 0 },
      samples: [sample(step + 1, `of rank ${rank}`)],
    };
  }

  validate(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  state(): Record<string, unknown> {
    return {};
  }

  restore(): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.trainer[Symbol.asyncDispose]();
    await this.model[Symbol.asyncDispose]();
  }
}
