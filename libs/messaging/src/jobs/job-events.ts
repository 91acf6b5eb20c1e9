import type { JobEvent, JobRecord } from '@srvau/contracts';

/** The event that tells of a record's present state. */
export function eventOf(record: JobRecord): JobEvent {
  const { id, kind, state, attempt, progress, error } = record;
  return {
    jobId: id,
    kind,
    at: new Date().toISOString(),
    state,
    attempt,
    ...(progress === undefined ? {} : { progress }),
    ...(error === undefined ? {} : { error }),
  };
}

/** What an event adds to a record that was read before it. */
export function fromEvent(event: JobEvent): Partial<JobRecord> {
  return { state: event.state, ...(event.progress === undefined ? {} : { progress: event.progress }) };
}
