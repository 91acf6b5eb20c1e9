import type { ErrorCode } from '@srvau/contracts';

export type JobOutcome = 'succeeded' | 'failed' | 'cancelled' | 'retried' | 'handed-over' | 'lease-lost';

/** What the servers report for metrics. Seconds are wall-clock time. */
export interface MessagingObserver {
  requestDone(subject: string, code: ErrorCode | 'OK', seconds: number): void;
  jobStarted(kind: string): void;
  jobDone(kind: string, outcome: JobOutcome, seconds: number): void;
}

export const silentObserver: MessagingObserver = { requestDone() {}, jobStarted() {}, jobDone() {} };
