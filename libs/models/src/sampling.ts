import type { SamplingOptions } from '@srvau/contracts';
import type { GenerationConfig } from './checkpoint/generation-config';

/** Sampling as it is carried out: nothing left open. */
export interface ResolvedSampling {
  /** 0 is greedy. */
  temperature: number;
  /** In (0, 1]; 1 keeps every token. */
  topP: number;
  /** 0 keeps every token. */
  topK: number;
  maxNewTokens: number;
  stop: readonly string[];
  seed: number;
}

/** Where neither request nor checkpoint says how long a completion may be. */
export const DEFAULT_MAX_NEW_TOKENS = 1024;

/**
 * What the request says, else what the checkpoint's generation_config.json says, else the plain distribution: unlike
 * transformers, which cuts to the 50 likeliest tokens unasked, an absent `top_k` keeps all.
 *
 * A checkpoint that does not ask for sampling is greedy, so is one whose temperature is next to nothing (1e-6 is in use),
 * and a request's own temperature overrides either.
 */
export function resolveSampling(
  options: Readonly<SamplingOptions> = {},
  config?: Readonly<GenerationConfig>,
): ResolvedSampling {
  const ofCheckpoint = config?.sample === true ? (config.temperature ?? 1) : 0;
  const temperature = options.temperature ?? (config === undefined ? 1 : ofCheckpoint);
  return {
    temperature: temperature < MIN_TEMPERATURE ? 0 : temperature,
    topP: options.topP ?? (config?.topP || 1),
    topK: options.topK ?? config?.topK ?? 0,
    maxNewTokens: options.maxNewTokens ?? config?.maxNewTokens ?? DEFAULT_MAX_NEW_TOKENS,
    stop: options.stop ?? [],
    seed: options.seed ?? 0,
  };
}

/** Below this the likeliest token has all of the mass anyway, and logits divided by it grow beyond float32's precision. */
const MIN_TEMPERATURE = 1e-5;
