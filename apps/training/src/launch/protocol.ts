import type { JobProgress, RunEvent, TrainingKind, TrainRequest, TrainSummary, WireError } from '@srvau/contracts';

/** One training as its ranks are told of it. URIs are those of the request: each rank looks them up under its own rules. */
export interface AttemptSpec {
  readonly kind: TrainingKind;
  /** Validated, `ranks` filled in. */
  readonly request: TrainRequest;
  /** How long to wait for a dead rank's lock of the run directory to count as stale. */
  readonly lockWaitMs: number;
  /** Whose run it is: a job goes on with the run that an earlier attempt of it began. Absent outside of jobs. */
  readonly jobId?: string;
}

/** Why an attempt is ended from outside. */
export type StopReason = 'cancelled' | 'shutdown' | 'rank-failed';

/** From the launching process to a rank, over Node's IPC channel. */
export type ToRank =
  | {
      readonly type: 'start';
      readonly spec: AttemptSpec;
      readonly rank: number;
      readonly worldSize: number;
      /** Where rank 0 listens; 0 for rank 0 itself, which takes a free port and says which. */
      readonly port: number;
    }
  | {
      readonly type: 'stop';
      readonly why: StopReason;
      /** What became of the rank that failed. */
      readonly because?: string;
    };

/** From a rank to the launching process. Progress, metrics and events come from rank 0 alone. */
export type FromRank =
  | { readonly type: 'listening'; readonly port: number }
  /** The rank's event loop turns. */
  | { readonly type: 'alive' }
  | { readonly type: 'progress'; readonly progress: JobProgress }
  | { readonly type: 'metrics'; readonly step: number; readonly values: Readonly<Record<string, number>> }
  | { readonly type: 'event'; readonly event: RunEvent }
  | { readonly type: 'done'; readonly summary: TrainSummary }
  | RankFailed;

export interface RankFailed {
  readonly type: 'failed';
  readonly error: WireError;
  /** It failed because another rank had: that one's error is the cause. */
  readonly byOthers: boolean;
}

/** A dead rank 0 on another machine holds the run until its lock counts as stale, after 30 s of silence. */
export const LOCK_WAIT_MS = 40_000;

/** Between two signs of life of a rank. */
export const ALIVE_MS = 10_000;
