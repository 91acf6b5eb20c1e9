import type { GrpoWarning } from './grpo';
import type { TrainingKind } from './train';

/** Why a run ended before its last step, all being well. */
export const RUN_STOPS = ['early-stop', 'guard'] as const;
export type RunStop = (typeof RUN_STOPS)[number];

/** One line of `events.jsonl`, and of the job's progress: something that a person should know of. */
export interface RunEvent {
  /** ISO 8601 in UTC. */
  at: string;
  /** Optimizer steps done. */
  step: number;
  kind: 'started' | 'resumed' | 'checkpoint' | 'best' | 'warning' | 'waiting' | 'stopped' | 'finished' | 'failed';
  /** For `warning`: which one. */
  warning?: GrpoWarning;
  /** For people. */
  message: string;
}

/** Result of a training job, and the object that `srvau train … --json` prints. */
export interface TrainSummary {
  kind: 'sft' | 'grpo';
  /** Path of the run directory. */
  out: string;
  steps: number;
  /** Path of the last checkpoint, a plain Hugging Face directory. */
  checkpoint: string;
  /** By validation; null where nothing was validated. */
  best: { step: number; metric: string; value: number; checkpoint: string } | null;
  stoppedBy: RunStop | null;
  /** Of the last step; null where the value is not finite, for which JSON has no number. */
  metrics: Record<string, number | null>;
  /** Events of that kind in the whole run. */
  warnings: number;
}

/** Published on `runSubject(jobId)` while a run goes on: the metrics of a step, or an event. The run directory has all of them. */
export interface RunMessage {
  jobId: string;
  kind: TrainingKind;
  /** ISO 8601 in UTC. */
  at: string;
  step: number;
  /** Null where a value is not finite, for which JSON has no number. */
  metrics?: Record<string, number | null>;
  event?: RunEvent;
}
