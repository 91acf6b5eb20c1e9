/** One processor less would leave nothing for the two ranks; on more of them the comparison stays the same. */
export const THREADS = 2;
/** Of a run. */
export const SEED = 11;

/** What is measured; the defaults want some minutes on a machine with nothing else to do. */
export interface TrainingBenchSize {
  /** All of them in each step. */
  readonly prompts: number;
  readonly steps: number;
  readonly checkpointEvery: number;
  readonly rounds: number;
}

export const FULL_SIZE: TrainingBenchSize = { prompts: 8, steps: 20, checkpointEvery: 10, rounds: 2 };

export const GROUP_SIZE = 4;
export const KL_COEF = 0.04;
/** So small that the policy stays what it was: all runs then draw the same completions, and do the same work. */
export const LEARNING_RATE = 1e-12;
