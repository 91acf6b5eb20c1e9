import type { CommonOptions } from '../options';

export interface EvaluateJudgeOptions extends CommonOptions {
  /** JSON lines. */
  items: string;
  /** URI of a model. */
  judge: string;
  repeats?: number;
  temperature?: number;
  maxNewTokens?: number;
  seed?: number;
  out?: string;
  idempotencyKey?: string;
  detach: boolean;
}
