import { runTask } from './call';
import { type GrpoLossOptions, type GrpoStats, type GrpoTotals, type RolloutGroup } from './grpo';
import { Disposable, HANDLE, handleOf } from './handle';
import { type Model } from './model';
import { toPrompt } from './prompt';
import { type SftSample, type SftStats } from './sft';
import { type StepStats, type TrainerOptions } from './trainer-options';
import { type CallOptions } from './types';
import { toFloats, toIds, toList, toObject } from './values';

export interface GrpoStepOptions extends CallOptions {
  readonly loss?: GrpoLossOptions;
  /**
   * Of the whole step, where it is accumulated in several calls. By default of these groups; with a ProcessGroup of those
   * of all ranks in this call, which all must make then, if with no groups at all. `bnpo` is the exception: by default
   * each rank takes the mean over its own tokens, and the loss is the mean over the ranks.
   */
  readonly totals?: GrpoTotals;
  /** That the rollouts were sampled at, 1e-6 to 1e6; 1 by default. */
  readonly temperature?: number;
}

export interface SftStepOptions extends CallOptions {
  /**
   * totalWeight of the whole step, where it is accumulated in several calls. By default of these samples; with a
   * ProcessGroup of those of all ranks in this call, which all must make then, if with no samples at all.
   */
  readonly normalizer?: number;
}

/**
 * Trains the parameters of a model, one Trainer at a time. It keeps the model's memory alive; generating with that model
 * between two calls sees the parameters as they are then.
 *
 * A step is any number of accumulate… calls, then step(). When one of them fails or is aborted, what the step had
 * accumulated is gone, and the trainer is as after the step before.
 *
 * With a ProcessGroup, statistics of accumulate… are those of this rank. A step that rejects with PROCESS_GROUP, or that is
 * aborted while it waits for the others, ends the group, and may leave the parameters half updated: go on from the last
 * saved state.
 */
export class Trainer extends Disposable {
  /**
   * @throws NativeError INVALID_ARGUMENT: a mapped model, one that has a trainer, an option out of its range; CHECKPOINT:
   *   see mastersFrom; PROCESS_GROUP: options, configuration or weights that differ between ranks
   */
  static async create(model: Model, options: TrainerOptions & CallOptions = {}): Promise<Trainer> {
    const { signal: _, suppressed, group, ...rest } = toObject(options, 'options');
    return new Trainer(
      await runTask(Trainer.create, options, (native, cancel) =>
        native.createTrainer(cancel, handleOf(model), {
          ...rest,
          ...(suppressed === undefined ? {} : { suppressed: toIds(suppressed, 'suppressed') }),
          ...(group === undefined ? {} : { group: handleOf(group) }),
        }),
      ),
    );
  }

  /** Adds the gradient of Σ weight · −logprob / normalizer. */
  async accumulateSft(samples: readonly SftSample[], options: SftStepOptions = {}): Promise<SftStats> {
    toObject(options, 'options');
    return runTask(this.accumulateSft, options, (native, cancel) =>
      native.accumulateSft(
        cancel,
        this[HANDLE],
        toList(samples, 'samples').map((sample, i) => {
          const { prompt, completion, weights } = toObject(sample, `samples[${i}]`);
          return {
            prompt: toPrompt(prompt, `samples[${i}].prompt`),
            completion: toIds(completion, `samples[${i}].completion`),
            weights: toFloats(weights, `samples[${i}].weights`),
          };
        }),
        { normalizer: options.normalizer },
      ),
    );
  }

  /** Adds the gradient of the GRPO loss. */
  async accumulateGrpo(groups: readonly RolloutGroup[], options: GrpoStepOptions = {}): Promise<GrpoStats> {
    toObject(options, 'options');
    return runTask(this.accumulateGrpo, options, (native, cancel) =>
      native.accumulateGrpo(
        cancel,
        this[HANDLE],
        toList(groups, 'groups').map((group, i) => {
          const { prompt, rollouts } = toObject(group, `groups[${i}]`);
          return {
            prompt: toPrompt(prompt, `groups[${i}].prompt`),
            rollouts: toList(rollouts, `groups[${i}].rollouts`).map((rollout, j) => ({
              ...toObject(rollout, `groups[${i}].rollouts[${j}]`),
              ids: toIds(rollout.ids, `groups[${i}].rollouts[${j}].ids`),
            })),
          };
        }),
        options.loss ?? {},
        { totals: options.totals, temperature: options.temperature },
      ),
    );
  }

  /** Updates the parameters with what was accumulated, and begins the next step. @param learningRate in [0, 1] */
  async step(learningRate: number, options?: CallOptions): Promise<StepStats> {
    return runTask(this.step, options, (native, cancel) => native.trainerStep(cancel, this[HANDLE], { learningRate }));
  }

  async discardGradients(): Promise<void> {
    await runTask(this.discardGradients, undefined, (native, cancel) => native.discardGradients(cancel, this[HANDLE]));
  }

  /**
   * Writes what the optimizer knows beyond the parameters into one safetensors file, which appears whole or not at all.
   * With the checkpoint of the same step (Model.save) it continues a training bit for bit.
   *
   * The ranks of a group save together; rank 0 writes the file, also what the others keep. Any number of ranks, or one
   * process alone, can go on from it.
   */
  async saveState(file: string, options?: CallOptions): Promise<void> {
    await runTask(this.saveState, options, (native, cancel) => native.saveOptimizer(cancel, this[HANDLE], file));
  }

  /**
   * Reads it back. The model must have been loaded from the checkpoint of the same step. Nothing is changed unless all
   * fits. The ranks of a group load together, each from a file that all of them see.
   *
   * @throws NativeError CHECKPOINT naming what does not fit
   */
  async loadState(file: string, options?: CallOptions): Promise<void> {
    await runTask(this.loadState, options, (native, cancel) => native.loadOptimizer(cancel, this[HANDLE], file));
  }
}
