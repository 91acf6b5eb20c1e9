import { loadAddon } from './load';
import { type CompletionResult, type TokenBatch } from './generate';
import { type GroupScores } from './scores';
import { type ModelInfo } from './model-info';
import { type Preprocessing } from './preprocessor';
import { type ClipInfo } from './clip';
import { type GrpoStats } from './grpo';
import { type SftStats } from './sft';
import { type StepStats } from './trainer-options';
import { type Advantages } from './rewards';
import { type RuntimeInfo } from './runtime';

/** Something of C++ with a type tag: passing one where another is expected is a TypeError. */
export interface NativeHandle {
  readonly _opaque: unique symbol;
}

export interface NativeModel {
  handle: NativeHandle;
  info: ModelInfo;
}

export interface NativeClip {
  handle: NativeHandle;
  info: ClipInfo;
}

/** A prompt as the addon takes it. */
export interface NativePrompt {
  ids: Int32Array;
  clips: NativeHandle[];
}

/**
 * The functions that the addon exports. They unpack and check their arguments at once and throw an Error with `code`, or
 * a TypeError for a handle that does not fit; what computes then runs on the thread of the device and rejects likewise.
 */
export interface NativeAddon {
  runtimeInfo(): RuntimeInfo;
  setThreads(threads: number): void;
  createCancellation(): NativeHandle;
  /** Ends the task that was started with it, or the one that will be. */
  cancel(cancellation: NativeHandle): void;
  dispose(handle: NativeHandle): Promise<void>;

  loadModel(cancel: NativeHandle, dir: string, options: object): Promise<NativeModel>;
  mapModel(cancel: NativeHandle, dir: string): Promise<NativeModel>;
  randomModel(cancel: NativeHandle, config: object, options: object): Promise<NativeModel>;
  saveModel(cancel: NativeHandle, model: NativeHandle, dir: string, options: object): Promise<void>;

  generate(
    cancel: NativeHandle,
    model: NativeHandle,
    requests: readonly { prompt: NativePrompt; seeds: BigUint64Array; limits?: Int32Array }[],
    options: object,
    onTokens: ((batch: TokenBatch) => void) | undefined,
  ): Promise<CompletionResult[][]>;
  logprobs(
    cancel: NativeHandle,
    model: NativeHandle,
    groups: readonly { prompt: NativePrompt; completions: Int32Array[] }[],
    options: object,
  ): Promise<GroupScores[]>;

  readPreprocessing(cancel: NativeHandle, dir: string): Promise<Preprocessing>;
  preprocess(
    cancel: NativeHandle,
    frames: Uint8Array,
    shape: object,
    patches: object,
    options: object,
  ): Promise<NativeClip>;
  clipFromPatches(cancel: NativeHandle, pixels: Float32Array, span: object): Promise<NativeClip>;
  readClips(cancel: NativeHandle, file: string): Promise<{ images: NativeClip[]; videos: NativeClip[] }>;

  joinGroup(
    cancel: NativeHandle,
    options: object,
    onListening: ((port: number) => void) | undefined,
  ): Promise<NativeHandle>;
  reduceNumbers(
    cancel: NativeHandle,
    group: NativeHandle,
    values: Float64Array,
    options: object,
  ): Promise<Float64Array>;

  createTrainer(cancel: NativeHandle, model: NativeHandle, options: object): Promise<NativeHandle>;
  accumulateSft(
    cancel: NativeHandle,
    trainer: NativeHandle,
    samples: readonly object[],
    options: object,
  ): Promise<SftStats>;
  accumulateGrpo(
    cancel: NativeHandle,
    trainer: NativeHandle,
    groups: readonly object[],
    loss: object,
    options: object,
  ): Promise<GrpoStats>;
  trainerStep(cancel: NativeHandle, trainer: NativeHandle, options: object): Promise<StepStats>;
  discardGradients(cancel: NativeHandle, trainer: NativeHandle): Promise<void>;
  saveOptimizer(cancel: NativeHandle, trainer: NativeHandle, file: string): Promise<void>;
  loadOptimizer(cancel: NativeHandle, trainer: NativeHandle, file: string): Promise<void>;

  groupAdvantages(rewards: object, options: object): Advantages;
  softOverlongPenalty(tokens: number, options: object): number;
  learningRateMultiplier(schedule: object, step: number): number;
}

let loaded: NativeAddon | undefined;

/**
 * Loads the addon on first use, which takes about a third of a second and maps libtorch into the process.
 *
 * @throws NativeLoadError where the addon is missing or does not fit this machine
 */
export function addon(): NativeAddon {
  loaded ??= loadAddon();
  return loaded;
}
