import type { GrpoWarning, RunEvent, RunStop, TrainingKind } from '@srvau/contracts';
import type { Model, Trainer } from '@srvau/native';
import type { SampleRow } from './samples-table';

/** What stands beside weights and optimizer in a checkpoint. */
export interface TrainState {
  /** Optimizer steps done. */
  readonly step: number;
  /** By validation so far. */
  readonly best: { readonly step: number; readonly metric: string; readonly value: number } | null;
  /** Validations in a row without a better one. */
  readonly sinceBest: number;
  /** Warnings so far. */
  readonly warnings: number;
  /** Why the run ended at this step, before its last one. */
  readonly stopped: { readonly by: RunStop; readonly warning: GrpoWarning | null } | null;
  /** Of the objective. */
  readonly objective: Readonly<Record<string, unknown>>;
}

/** Where a resumed run goes on. */
export interface ResumePoint {
  readonly state: TrainState;
  /** Checkpoint in Hugging Face layout. */
  readonly dir: string;
  /** For Trainer.loadState. */
  readonly optimizer: string;
}

/**
 * A run as its loop sees it. Rank 0 writes; on other ranks the same calls write what is theirs alone (samples) and take
 * part in what all do together (checkpoints).
 *
 * @throws SrvauError UNPROCESSABLE, from anything that writes: a full disk. The last checkpoint is whole, and the run can go
 *   on from it once there is room.
 */
export interface TrainingRun extends AsyncDisposable {
  readonly kind: TrainingKind;
  /** Path of the run directory. */
  readonly dir: string;
  /** Null for a run that begins. */
  readonly resume: ResumePoint | null;
  /** Of the step it resumes from; empty for a run that begins, and on ranks other than 0. */
  readonly lastMetrics: Readonly<Record<string, number>>;
  /** Aborts when another process may have taken the run over. */
  readonly signal: AbortSignal;
  // These do not wait for the disk: the next call of the same kind does, and a checkpoint for all of them. What one could not
  // write is thrown by the call that waits.
  /** One line, and its TensorBoard and Prometheus forms. @param step steps done, this one included */
  metrics(step: number, values: Readonly<Record<string, number>>): Promise<void>;
  /** The time of the step, and what of it took how long. */
  timings(step: number, seconds: Readonly<Record<string, number>>): Promise<void>;
  /** One file of this rank's; none for no rows. */
  samples(step: number, rows: readonly SampleRow[]): Promise<void>;

  /** Resolves when it is on the disk. */
  event(event: Omit<RunEvent, 'at'>): Promise<void>;
  /** All ranks together. What the retention does not keep is removed afterwards. */
  checkpoint(model: Pick<Model, 'save'>, trainer: Pick<Trainer, 'saveState'>, state: TrainState): Promise<void>;
  /** Where the checkpoint of a step is, or was. */
  checkpointPath(step: number): string;
}
