import type { AnnotatedEvent, DatasetRow } from '@srvau/contracts';
import { eventsInOrder } from '@srvau/model-pool';

/** What annotators wrote of the video, for the teacher; undefined where they wrote nothing. */
export function factsOf({ anomalyClass, keyObject, description, reasoning, events }: DatasetRow): string | undefined {
  const lines = [
    anomalyClass === null ? null : `Class: ${anomalyClass}`,
    keyObject === null ? null : `Key objects: ${keyObject}`,
    description === null ? null : `Description: ${description}`,
    reasoning === null ? null : `Reasoning:\n${reasoning}`,
    events === null ? null : `Events:\n${eventsInOrder(events).map(eventLine).join('\n')}`,
  ].filter((line) => line !== null);
  return lines.length === 0 ? undefined : lines.join('\n');
}

function eventLine({ startSec, endSec, who, what }: AnnotatedEvent): string {
  return `${endSec === null ? `${startSec} s` : `${startSec} to ${endSec} s`}: ${who} ${what}`;
}
