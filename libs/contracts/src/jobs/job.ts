import type { WireError } from '../wire/errors';

/** Kinds of durable job; each has a JetStream consumer of its own, shared by all workers of that kind. */
export const JOB_KINDS = [
  'dataset.ingest',
  'dataset.build',
  'dataset.build-shard',
  'training.sft',
  'training.grpo',
  'evaluation.score',
  'evaluation.judge',
  'evaluation.run',
] as const;
export type JobKind = (typeof JOB_KINDS)[number];

export const JOB_STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];

export const TERMINAL_STATES: ReadonlySet<JobState> = new Set(['succeeded', 'failed', 'cancelled']);

export interface JobProgress {
  /** What runs now, e.g. `videos`. */
  stage: string;
  done: number;
  /** Null while it is not known how much there is. */
  total: number | null;
  /** What `done` counts, plural, e.g. `videos`. */
  unit: string;
}

/** What is known of a job. Times are ISO 8601 in UTC. */
export interface JobRecord {
  id: string;
  kind: string;
  state: JobState;
  request: unknown;
  /** 0 while queued; 1 from the first start on. A hand-over on shutdown does not count as an attempt. */
  attempt: number;
  maxAttempts: number;
  /** Attempts in a row that failed and got no further than the one before: the pause before the next one doubles with each. */
  failuresInRow?: number;
  submittedAt: string;
  idempotencyKey?: string;
  startedAt?: string;
  finishedAt?: string;
  /** Last sign of life of the worker; older than the lease means that the worker is gone. */
  heartbeatAt?: string;
  /** The worker that holds the job, `<service>/<host>/<pid>/<random>`. */
  worker?: string;
  progress?: JobProgress;
  result?: unknown;
  error?: WireError;
  /** Set when somebody asked to cancel a running job and its worker has not yet stopped. */
  cancelRequestedAt?: string;
}

/** Published on `srvau.events.<jobId>` whenever state or progress changes. */
export interface JobEvent {
  jobId: string;
  kind: string;
  at: string;
  state: JobState;
  attempt: number;
  progress?: JobProgress;
  error?: WireError;
}
