import { type NativeModel } from './addon';
import { runTask } from './call';
import {
  type CompletionResult,
  type GenerateCallOptions,
  type GenerateRequest,
  type SamplingOptions,
} from './generate';
import { Disposable, HANDLE } from './handle';
import { type ModelInfo } from './model-info';
import { toPrompt } from './prompt';
import { type GroupScores, type ScoreGroup, type ScoreOptions } from './scores';
import { streamTokens } from './stream-tokens';
import { type CallOptions, type Device, type Dtype, type Seed } from './types';
import { toCounts, toIds, toList, toObject, toSeed, toSeeds } from './values';

export interface PlacementOptions {
  /** `cpu` by default. */
  readonly device?: Device;
  /** `float32` by default. */
  readonly dtype?: Dtype;
}

/** A configuration: the text of a config.json, with its path for messages, or the directory it lies in. */
export type ConfigSource = { readonly json: string; readonly name?: string } | { readonly dir: string };

export interface SaveOptions {
  /** That of the model by default. */
  readonly dtype?: Dtype;
  /** Directory of a checkpoint whose tokenizer, chat template, generation and preprocessor files are copied. */
  readonly companionsFrom?: string;
}

/**
 * A vision-language model of the Qwen2.5-VL family. Calls may overlap: those of one device run one after the other, in
 * the order they were made in, on the thread of that device.
 *
 * All methods throw NativeError; see its codes. What is not a model, or has been disposed, is a TypeError.
 */
export class Model extends Disposable {
  readonly info: ModelInfo;

  private constructor({ handle, info }: NativeModel) {
    super(handle);
    this.info = info;
  }

  /**
   * Reads a checkpoint directory in Hugging Face layout into memory of its own.
   *
   * @throws NativeError CHECKPOINT, UNSUPPORTED, OUT_OF_MEMORY
   */
  static async load(dir: string, options: PlacementOptions & CallOptions = {}): Promise<Model> {
    const { signal: _, ...placement } = toObject(options, 'options');
    return new Model(await runTask(Model.load, options, (native, cancel) => native.loadModel(cancel, dir, placement)));
  }

  /**
   * Uses a checkpoint where it lies in the page cache, on the CPU and in its own dtype: for a frozen reference. Its files
   * may be replaced but must not be cut while it lives.
   */
  static async map(dir: string, options?: CallOptions): Promise<Model> {
    return new Model(await runTask(Model.map, options, (native, cancel) => native.mapModel(cancel, dir)));
  }

  /** Draws weights as transformers initialises them. The same seed gives the same weights on any device. */
  static async random(
    config: ConfigSource,
    options: PlacementOptions & CallOptions & { readonly seed: Seed },
  ): Promise<Model> {
    const { signal: _, seed, ...placement } = toObject(options, 'options');
    return new Model(
      await runTask(Model.random, options, (native, cancel) =>
        native.randomModel(cancel, config, { ...placement, seed: toSeed(seed, 'seed') }),
      ),
    );
  }

  /**
   * Writes a checkpoint that transformers loads. The directory appears whole or not at all; it may take the place of a
   * checkpoint, also of the one that this model came from.
   */
  async save(dir: string, options: SaveOptions & CallOptions = {}): Promise<void> {
    const { signal: _, ...how } = toObject(options, 'options');
    await runTask(this.save, options, (native, cancel) => native.saveModel(cancel, this[HANDLE], dir, how));
  }

  /**
   * Completes prompts.
   *
   * @returns for each request a completion for each seed, in their order
   * @throws NativeError INVALID_ARGUMENT naming the field
   */
  async generate(
    requests: readonly GenerateRequest[],
    sampling: SamplingOptions = {},
    options: GenerateCallOptions = {},
  ): Promise<CompletionResult[][]> {
    return streamTokens(options, (call, onTokens) =>
      runTask(this.generate, call, (native, cancel) =>
        native.generate(
          cancel,
          this[HANDLE],
          toList(requests, 'requests').map((request, i) => {
            const { prompt, seeds, limits } = toObject(request, `requests[${i}]`);
            return {
              prompt: toPrompt(prompt, `requests[${i}].prompt`),
              seeds: toSeeds(seeds, `requests[${i}].seeds`),
              ...(limits === undefined ? {} : { limits: toCounts(limits, `requests[${i}].limits`) }),
            };
          }),
          {
            ...toObject(sampling, 'sampling'),
            stopTokens: toIds(sampling.stopTokens ?? [], 'stopTokens'),
            suppressed: toIds(sampling.suppressed ?? [], 'suppressed'),
          },
          onTokens,
        ),
      ),
    );
  }

  /**
   * Log-probabilities and entropies of given tokens, without gradients.
   *
   * @returns for each group, in their order
   * @throws NativeError INVALID_ARGUMENT naming the field; a token to be scored that is suppressed
   */
  async logprobs(
    groups: readonly ScoreGroup[],
    scoring: ScoreOptions = {},
    options?: CallOptions,
  ): Promise<GroupScores[]> {
    const { suppressed, ...rest } = toObject(scoring, 'scoring');
    return runTask(this.logprobs, options, (native, cancel) =>
      native.logprobs(
        cancel,
        this[HANDLE],
        toList(groups, 'groups').map((group, i) => {
          const { prompt, completions } = toObject(group, `groups[${i}]`);
          return {
            prompt: toPrompt(prompt, `groups[${i}].prompt`),
            completions: toList(completions, `groups[${i}].completions`).map((ids, j) =>
              toIds(ids, `groups[${i}].completions[${j}]`),
            ),
          };
        }),
        suppressed === undefined ? rest : { ...rest, suppressed: toIds(suppressed, 'suppressed') },
      ),
    );
  }
}
