import type { Readable } from 'node:stream';
import { type EvaluationPredictReply, SrvauError } from '@srvau/contracts';
import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { wireErrorOf } from './http-error';

/**
 * `token`: more of the transcript. `restart`: what came so far counts no more, since the model is asked anew.
 * `result`: the last one.
 */
export type PredictEvent =
  { kind: 'token'; text: string } | { kind: 'restart' } | { kind: 'result'; reply: EvaluationPredictReply };

/**
 * The events of a body of server-sent events, however its bytes are cut; ends after the result.
 * @throws SrvauError that the service sends, or UNAVAILABLE where the body ends before the result
 */
export async function* readPredictEvents(what: string, body: Readable): AsyncGenerator<PredictEvent, void, void> {
  let ready: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => void ready.push(event) });
  const decoder = new TextDecoder();
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    parser.feed(decoder.decode(chunk, { stream: true }));
    const events = ready;
    ready = [];
    for (const { event, data } of events) {
      const read = readEvent(what, event, data);
      if (read !== undefined) yield read;
      if (read?.kind === 'result') return;
    }
  }
  throw new SrvauError('UNAVAILABLE', `${what}: expected a result, received a stream that ended before it`);
}

/** @returns undefined for events that are not known (yet) */
function readEvent(what: string, event: string | undefined, data: string): PredictEvent | undefined {
  switch (event) {
    case 'token':
      return { kind: 'token', text: (parse(what, data) as { text: string }).text };
    case 'restart':
      return { kind: 'restart' };
    case 'result':
      return { kind: 'result', reply: parse(what, data) as EvaluationPredictReply };
    case 'error': {
      const error = wireErrorOf(data);
      if (error !== undefined) throw SrvauError.fromWire(error);
      throw new SrvauError('INTERNAL', `${what}: expected {"error": …}, received ${data.slice(0, 200)}`);
    }
    default:
      return undefined;
  }
}

function parse(what: string, data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (cause) {
    const received = `${data.length} characters of something else`;
    throw SrvauError.mismatch('INTERNAL', what, 'an event of JSON', received, { cause });
  }
}
