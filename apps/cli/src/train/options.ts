import type { TrainingKind } from '@srvau/contracts';
import type { CommonOptions } from '../options';

export interface TrainOptions extends CommonOptions {
  kind: TrainingKind;
  model: string;
  data: string;
  out: string;
  preset?: string;
  /** JSON file of settings. */
  config?: string;
  /** `path=value`, later ones over earlier ones. */
  set?: string[];
  ranks?: number;
  resume: boolean;
  seed?: number;
  steps?: number;
  learningRate?: number;
  batchSize?: number;
  limit?: number;
  device?: 'cpu' | 'cuda';
  /** Of `sft`. */
  epochs?: number;
  /** Of `grpo`. */
  groupSize?: number;
  maxNewTokens?: number;
  idempotencyKey?: string;
  detach: boolean;
}

export interface TrainPresetsOptions extends CommonOptions {
  /** Show this one with everything that follows from it. */
  name?: string;
}
