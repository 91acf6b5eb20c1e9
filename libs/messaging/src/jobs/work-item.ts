import { JOB_ID_PATTERN, JOB_STATES, type JobEvent, type JobRecord } from '@srvau/contracts';
import { workSubject } from './topology';

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

/** Further starts than these ask for a job that can never be given up. */
const MOST_ATTEMPTS = 1000;

/** What a message of the queue holds; undefined when it is no job, whoever put it there. */
export function readWorkItem(subject: string, data: Uint8Array): WorkItem | undefined {
  const item = parseJson(data) as Partial<WorkItem> | null | undefined;
  if (typeof item !== 'object' || item === null) return undefined;
  const { id, kind, maxAttempts, submittedAt } = item;
  const named = typeof id === 'string' && typeof kind === 'string' && JOB_ID_PATTERN.test(id);
  if (!named || subject !== workSubject(kind, id)) return undefined;
  const counted = Number.isInteger(maxAttempts) && Number(maxAttempts) >= 1 && Number(maxAttempts) <= MOST_ATTEMPTS;
  return counted && isTime(submittedAt) ? (item as WorkItem) : undefined;
}

/** What a key of the record bucket holds; undefined when it is no record, whoever put it there. */
export function readJobRecord(jobId: string, data: Uint8Array): JobRecord | undefined {
  const record = parseJson(data) as Partial<JobRecord> | null | undefined;
  if (typeof record !== 'object' || record === null) return undefined;
  const { id, kind, state, attempt, maxAttempts, submittedAt } = record;
  const whole =
    id === jobId &&
    typeof kind === 'string' &&
    (JOB_STATES as readonly unknown[]).includes(state) &&
    Number.isInteger(attempt) &&
    Number.isInteger(maxAttempts) &&
    isTime(submittedAt);
  return whole ? (record as JobRecord) : undefined;
}

/** What came on an event subject; undefined when it is no event: anybody may publish there. */
export function readJobEvent(jobId: string, data: Uint8Array): JobEvent | undefined {
  const event = parseJson(data) as Partial<JobEvent> | null | undefined;
  if (typeof event !== 'object' || event === null || event.jobId !== jobId) return undefined;
  const { state, progress } = event;
  const known = (JOB_STATES as readonly unknown[]).includes(state);
  const counts = progress === undefined || (typeof progress === 'object' && typeof progress?.done === 'number');
  return known && counts ? (event as JobEvent) : undefined;
}

function isTime(value: unknown): value is string {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}

function parseJson(data: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(data));
  } catch {
    return undefined;
  }
}
