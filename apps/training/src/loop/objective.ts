import type { GrpoWarning } from '@srvau/contracts';
import type { Model, Trainer } from '@srvau/native';
import type { SampleRow } from '../run/samples-table';

/** What came of one step, the same on every rank but for the samples. */
export interface StepOutcome {
  /** Values of `metrics.jsonl`: what equal configurations give alike, so no times. Names by area, `reward/task/mean`. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Wall-clock seconds by phase, for `timings.jsonl`. */
  readonly seconds: Readonly<Record<string, number>>;
  /** Of this rank. */
  readonly samples?: readonly SampleRow[];
  readonly warnings?: readonly { readonly warning: GrpoWarning; readonly message: string; readonly stops: boolean }[];
}

export interface ValidationOutcome {
  /** Names begin with `val/`. */
  readonly metrics: Readonly<Record<string, number>>;
  /** By which checkpoints are compared. */
  readonly score: { readonly metric: string; readonly value: number; readonly better: 'lower' | 'higher' };
}

/** What a kind of training does in a step; order, checkpoints, metrics and the end are the loop's. */
export interface Objective {
  // What checkpoints are made of.
  readonly model: Pick<Model, 'save'>;
  readonly trainer: Pick<Trainer, 'saveState'>;
  /** Optimizer steps of the whole run (of GRPO: batches of rollouts). */
  readonly totalSteps: number;
  /**
   * @param step steps done before this one, from 0. All that is random follows from the seed and it: a step that is done again
   *   from the same parameters has the same outcome.
   */
  step(step: number, signal: AbortSignal): Promise<StepOutcome>;
  /** Undefined where nothing is validated after so many steps. */
  validate(stepsDone: number, signal: AbortSignal): Promise<ValidationOutcome | undefined>;
  /** What a resume needs beyond parameters, optimizer and step: counters of guards. Plain JSON. */
  state(): Record<string, unknown>;
  restore(state: Record<string, unknown>): void;
  [Symbol.asyncDispose](): Promise<void>;
}
