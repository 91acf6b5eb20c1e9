import type {
  DatasetSplit,
  EvaluationProtocol,
  EvaluationTask,
  Thinking,
  ThinkingPrompt,
  TranscriptGrammar,
} from '@srvau/contracts';
import type { CommonOptions } from '../options';

export interface EvaluateRunOptions extends CommonOptions {
  /** Of the report; told from dataset and model without it. */
  name?: string;
  /** URI of a model. */
  model: string;
  dataset: string;
  split?: DatasetSplit;
  tasks?: EvaluationTask[];
  thinking?: Thinking[];
  prompt?: ThinkingPrompt;
  protocol?: EvaluationProtocol;
  grammar?: TranscriptGrammar;
  resamples?: number;
  seed?: number;
  temperature?: number;
  topP?: number;
  maxNewTokens?: number;
  fps?: number;
  maxPixels?: number;
  limit?: number;
  concurrency?: number;
  /** URI of a model. */
  judge?: string;
  judgeRepeats?: number;
  published?: boolean;
  replace?: boolean;
  idempotencyKey?: string;
  detach: boolean;
}
