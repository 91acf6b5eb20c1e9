import type { JobRecord } from '@srvau/contracts';

/** The message that stands for a job in the work queue: what was submitted. */
export interface WorkItem {
  id: string;
  kind: string;
  request: unknown;
  maxAttempts: number;
  submittedAt: string;
  idempotencyKey?: string;
}

/** The record of a job that no worker has met yet. */
export function toRecord(item: WorkItem): JobRecord {
  const { id, kind, request, maxAttempts, submittedAt, idempotencyKey } = item;
  return {
    id,
    kind,
    state: 'queued',
    request,
    attempt: 0,
    maxAttempts,
    submittedAt,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  };
}
