export { Clip, clipFromPatches, readClips, type ClipInfo, type Grid, type PatchSpan } from './clip';
export { NativeError, type NativeErrorCode } from './errors';
export {
  type CompletionResult,
  type GenerateCallOptions,
  type GenerateRequest,
  type SamplingOptions,
  type TokenBatch,
} from './generate';
export {
  totalsOf,
  type GrpoLossOptions,
  type GrpoStats,
  type GrpoTotals,
  type Rollout,
  type RolloutGroup,
} from './grpo';
export { NativeLoadError } from './load';
export { Model, type ConfigSource, type PlacementOptions, type SaveOptions } from './model';
export { type ModelInfo } from './model-info';
export {
  Preprocessor,
  type FrameSize,
  type PatchShape,
  type PreprocessOptions,
  type Preprocessing,
} from './preprocessor';
export { ProcessGroup, type JoinOptions, type ReduceOptions } from './process-group';
export { type Prompt } from './prompt';
export {
  groupAdvantages,
  softOverlongPenalty,
  type AdvantageOptions,
  type Advantages,
  type ComponentStats,
  type RewardMatrix,
} from './rewards';
export { runtimeInfo, setThreads, type RuntimeInfo } from './runtime';
export { learningRateMultiplier, type Schedule } from './schedule';
export { type GroupScores, type ScoreGroup, type ScoreOptions, type TokenScores } from './scores';
export { totalWeight, type SftSample, type SftStats } from './sft';
export { Trainer, type GrpoStepOptions, type SftStepOptions } from './trainer';
export { type AdamWOptions, type StepStats, type TrainerOptions } from './trainer-options';
export { type CallOptions, type Device, type Dtype, type MropeVariant, type Seed, type TokenIds } from './types';
