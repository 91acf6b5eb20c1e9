/** One processor less would leave nothing for the two ranks; on more of them the comparison stays the same. */
export const THREADS = 2;
/** Of a run. */
export const SEED = 11;

/** One run. */
export interface RunSize {
  /** All of them in each step. */
  readonly prompts: number;
  /** Completions of each. */
  readonly groupSize: number;
  readonly steps: number;
  readonly checkpointEvery: number;
}

/** Against native calls, TRL and, in small, two ranks. */
export interface ServiceSize extends RunSize {
  readonly rounds: number;
}

/** One rank with all threads, or as many ranks as there are threads, one each. */
export type Side = 'one' | 'several';

export interface RanksSize extends RunSize {
  /** Each side once in every one, with a seed of its own. */
  readonly pairs: readonly (readonly [Side, Side])[];
}

/** Both parts together want some five minutes on a machine with nothing else to do. */
export const SERVICE_SIZE: ServiceSize = { prompts: 8, groupSize: 4, steps: 20, checkpointEvery: 10, rounds: 2 };

/**
 * The batch of a small training rather than the smallest: in every step ranks wait for the one whose completions came out
 * longest, and of few completions the lengths differ more. A machine that becomes slower meets both sides alike.
 */
export const RANKS_SIZE: RanksSize = {
  ...{ prompts: 24, groupSize: 8, steps: 5, checkpointEvery: 5 },
  pairs: [
    ['one', 'several'],
    ['several', 'one'],
  ],
};

export const KL_COEF = 0.04;
/** So small that the policy stays what it was: all runs then draw the same completions, and do the same work. */
export const LEARNING_RATE = 1e-12;
