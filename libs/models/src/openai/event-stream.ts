import type { Readable } from 'node:stream';
import { createParser } from 'eventsource-parser';
import { bounded } from './read-body';

/**
 * The data of each event of a body in the form of server-sent events, however its bytes are cut.
 *
 * @param onBytes called whenever something comes, comments that keep the connection alive included
 * @throws BodyTooLarge; TypeError for what is not UTF-8
 */
export async function* eventData(
  body: Readable,
  maxBytes: number,
  onBytes: () => void,
): AsyncGenerator<string, void, void> {
  let ready: string[] = [];
  const parser = createParser({ onEvent: ({ data }) => void ready.push(data) });
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const chunk of bounded(body, maxBytes)) {
    onBytes();
    parser.feed(decoder.decode(chunk, { stream: true }));
    const events = ready;
    ready = [];
    yield* events;
  }
  // The last event counts without the empty line after it; half a one shows as JSON that cannot be read.
  parser.feed(`${decoder.decode()}\n\n`);
  yield* ready;
}
