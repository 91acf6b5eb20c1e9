import { join } from 'node:path';
import { describe, isObject, type RunEvent, SrvauError } from '@srvau/contracts';
import { FaultCount, type Faults } from './faults';
import { readLines } from './read-lines';

export const EVENTS_FILE = 'events.jsonl';

export interface RunEvents {
  /** In the order in which they came. */
  readonly events: readonly RunEvent[];
  readonly faults: Faults;
}

/** What happened in a run; also while it goes on. */
export async function readEvents(dir: string, signal?: AbortSignal): Promise<RunEvents> {
  const faults = new FaultCount();
  const events: RunEvent[] = [];
  for await (const event of readLines(join(dir, EVENTS_FILE), parseEvent, faults, signal)) events.push(event);
  return { events, faults };
}

/** A newer version may know kinds and fields that this one does not; what all have is checked. */
export function parseEvent(value: unknown, where: string): RunEvent {
  const event = (isObject(value) ? value : {}) as Partial<Record<keyof RunEvent, unknown>>;
  const { at, step, kind, message } = event;
  const isEvent =
    typeof at === 'string' && Number.isSafeInteger(step) && typeof kind === 'string' && typeof message === 'string';
  if (isEvent) return value as RunEvent;
  throw SrvauError.mismatch('UNPROCESSABLE', where, 'an event with at, step, kind and message', describe(value));
}
