import type { JobProgress, RunEvent, StructuredLog } from '@srvau/contracts';
import type { ProcessGroup } from '@srvau/native';

/** What a rank knows of itself and of the attempt that it is part of. */
export interface RankContext {
  /** 0 to worldSize − 1; rank 0 writes what is written once. */
  readonly rank: number;
  readonly worldSize: number;
  /** Absent where there is one rank. */
  readonly group?: ProcessGroup;
  /** Aborts when the attempt is to end: cancelled, handed over, or the parent is gone. */
  readonly signal: AbortSignal;
  readonly log: StructuredLog;
  /** Told before whatever may take long: a rank that begins nothing new for too long counts as stuck. */
  begins(what: string): void;
  // To whoever started the attempt: the job's record, Prometheus and NATS. On rank 0 alone they do anything.
  progress(progress: JobProgress): void;
  /** @param step steps done, this one included */
  metrics(step: number, values: Readonly<Record<string, number>>): void;
  event(event: RunEvent): void;
}
