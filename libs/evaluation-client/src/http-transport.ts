import type { Readable } from 'node:stream';
import { type Api, type EvaluationPredictRequest, SrvauError, SUBJECTS } from '@srvau/contracts';
import { Agent, type Dispatcher, request } from 'undici';
import { baseOf, type HttpOptions } from './connect-options';
import { Deadline } from './deadline';
import { connectionError, errorOf } from './http-error';
import { type Route, ROUTES } from './http-routes';
import { cancelled, closedError } from './patiently';
import { type PredictEvent, readPredictEvents } from './predict-stream';
import type { Operation, Transport, Try } from './transport';

const CONNECT_TIMEOUT_MS = 10_000;
/** A report of a large evaluation has some MB. */
const MAX_REPLY_BYTES = 2 ** 28;
const JSON_TYPE = 'application/json';
const EVENTS_TYPE = 'text/event-stream';

export class HttpTransport implements Transport {
  closed = false;
  readonly #base: URL;
  readonly #agent = new Agent({ connect: { timeout: CONNECT_TIMEOUT_MS }, maxResponseSize: MAX_REPLY_BYTES });

  /** @throws SrvauError INVALID_REQUEST for a URL that is none */
  constructor(private readonly options: HttpOptions) {
    this.#base = baseOf(options);
  }

  async ask<O extends Operation>(operation: O, body: Api[O]['request'], attempt: Try): Promise<Api[O]['reply']> {
    const route = ROUTES[operation](body);
    using deadline = new Deadline(attempt.timeoutMs, attempt.signal);
    try {
      const reply = await this.fetch(route, route.readText === undefined ? JSON_TYPE : '*/*', deadline.signal);
      const text = await reply.body.text();
      if (reply.statusCode >= 300) throw errorOf(operation, reply.statusCode, reply.headers, text);
      return route.readText?.(text) ?? (parseReply(operation, text) as Api[O]['reply']);
    } catch (error) {
      throw this.errorFor(operation, deadline, error);
    }
  }

  async stream(body: EvaluationPredictRequest, attempt: Try): Promise<AsyncGenerator<PredictEvent, void, void>> {
    const operation = SUBJECTS.evaluationPredict;
    const deadline = new Deadline(attempt.timeoutMs, attempt.signal);
    try {
      const reply = await this.fetch(ROUTES[operation](body), EVENTS_TYPE, deadline.signal);
      if (reply.statusCode >= 300) {
        throw errorOf(operation, reply.statusCode, reply.headers, await reply.body.text());
      }
      return this.events(reply.body, deadline);
    } catch (error) {
      deadline[Symbol.dispose]();
      throw this.errorFor(operation, deadline, error);
    }
  }

  /** Leaving it early closes the connection, which ends the service's work on it. */
  private async *events(body: Readable, deadline: Deadline): AsyncGenerator<PredictEvent, void, void> {
    try {
      yield* readPredictEvents(SUBJECTS.evaluationPredict, body);
    } catch (error) {
      throw this.errorFor(SUBJECTS.evaluationPredict, deadline, error);
    } finally {
      deadline[Symbol.dispose]();
      body.destroy();
    }
  }

  private errorFor(operation: Operation, deadline: Deadline, error: unknown): SrvauError {
    if (error instanceof SrvauError) return error;
    if (deadline.passed) return new SrvauError('DEADLINE_EXCEEDED', `${operation}: no answer before the deadline`);
    if (deadline.signal.aborted) return cancelled(operation, deadline.signal);
    return this.closed ? closedError(operation) : connectionError(operation, this.#base.origin, error);
  }

  /** The answer as soon as its head is there. @throws what undici throws */
  private fetch({ method, path, body }: Route, accept: string, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    return request(new URL(path, this.#base), {
      method,
      headers: {
        ...{ accept, 'user-agent': 'srvau-evaluation-client' },
        ...(body === undefined ? {} : { 'content-type': JSON_TYPE }),
        ...this.options.headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      dispatcher: this.#agent,
      // Both are the signal's business: a model may think for long.
      headersTimeout: 0,
      bodyTimeout: 0,
      signal,
    });
  }

  /** HTTP has no events of jobs. */
  listen(): () => void {
    return () => undefined;
  }

  close(): Promise<void> {
    this.closed = true;
    return this.#agent.destroy();
  }
}

function parseReply(what: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const expected = 'JSON of an evaluation service';
    throw SrvauError.mismatch('INTERNAL', what, expected, `${text.length} characters of something else`, { cause });
  }
}
