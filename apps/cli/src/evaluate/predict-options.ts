import type { PolicyPromptId } from '@srvau/contracts';
import type { CommonOptions } from '../options';

/** Of `srvau evaluate predict`. */
export interface EvaluatePredictOptions extends CommonOptions {
  /** Path or URI. */
  video: string;
  question?: string;
  /** Of the question, in order. */
  option?: string[];
  model?: string;
  prompt?: PolicyPromptId;
  fps?: number;
  maxPixels?: number;
  temperature?: number;
  topP?: number;
  maxNewTokens?: number;
  seed?: number;
  deadlineMs?: number;
  /** Show the transcript while it is written. */
  stream: boolean;
  /** HTTP address of the service, in place of NATS. */
  url?: string;
}
