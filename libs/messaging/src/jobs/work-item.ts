import type { JsMsg } from '@nats-io/jetstream';
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

/** What a message of the queue holds; undefined when it is no job, whoever put it there. */
export function readWorkItem(message: JsMsg): WorkItem | undefined {
  try {
    const item = message.json<Partial<WorkItem> | null>();
    const named = typeof item?.id === 'string' && message.subject.endsWith(`.${item.id}`);
    return named && typeof item.maxAttempts === 'number' ? (item as WorkItem) : undefined;
  } catch {
    return undefined;
  }
}
