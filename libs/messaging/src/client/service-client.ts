import { setTimeout as sleep } from 'node:timers/promises';
import { headers, type Msg, type NatsConnection, nuid, RequestError, TimeoutError } from '@nats-io/transport-node';
import { adviceWhenTooLarge, type Api, SrvauError, type Subject } from '@srvau/contracts';
import type { NatsLink } from '../connection/link';
import { decodeReply } from '../micro/envelope';
import { REQUEST_ID_HEADER, requestContext } from '../request-context';
import { pauseMs } from './pause';

export interface RequestOptions {
  /** Deadline of the whole call, retries included. */
  timeoutMs?: number;
  /** How long one try waits for its answer, where the request may be sent again; without it the whole deadline. */
  attemptMs?: number;
  /** Retries after an answer that says "not now": nobody serves the subject, or the service is busy. */
  retries?: number;
  /** The request may be handled twice without harm: then it is also sent again when no answer came in time. */
  idempotent?: boolean;
  signal?: AbortSignal;
}

const DEFAULTS = { timeoutMs: 10_000, retries: 3 };

/** Calls services by subject, with the types of the contract. Safe to share; holds no state but the connection. */
export class ServiceClient {
  constructor(private readonly link: NatsLink) {}

  /**
   * @throws SrvauError with the service's own code and details, or UNAVAILABLE (nobody answers the subject),
   * DEADLINE_EXCEEDED (no answer in time), PAYLOAD_TOO_LARGE (never sent), CANCELLED (`signal`).
   */
  async request<S extends Subject>(
    subject: S,
    body: Api[S]['request'],
    options: RequestOptions = {},
  ): Promise<Api[S]['reply']> {
    const { timeoutMs, retries } = { ...DEFAULTS, ...options };
    const deadline = Date.now() + timeoutMs;
    const payload = JSON.stringify(body);
    const requestId = requestContext.getStore()?.requestId ?? nuid.next();
    for (let attempt = 0; ; attempt += 1) {
      checkNotCancelled(subject, options.signal);
      try {
        const until = Math.min(deadline, Date.now() + (options.attemptMs ?? timeoutMs));
        const reply = await this.once(subject, { payload, rows: rowsOf(body) }, requestId, until, options.signal);
        return decodeReply(reply.data) as Api[S]['reply'];
      } catch (thrown) {
        const error = SrvauError.from(thrown);
        const wait = pauseMs(error, attempt);
        if (attempt >= retries || !mayRepeat(error, options) || Date.now() + wait >= deadline) throw error;
        await sleep(wait, undefined, options.signal === undefined ? {} : { signal: options.signal }).catch(() =>
          checkNotCancelled(subject, options.signal),
        );
      }
    }
  }

  private async once(
    subject: string,
    { payload, rows }: { payload: string; rows: number | undefined },
    requestId: string,
    deadline: number,
    signal: AbortSignal | undefined,
  ): Promise<Msg> {
    const connection = this.link.usableNow ?? (await beforeDeadline(this.link.usable(), subject, deadline, signal));
    checkSize(connection, subject, payload, rows);
    const messageHeaders = headers();
    messageHeaders.set(REQUEST_ID_HEADER, requestId);
    const timeout = Math.max(1, deadline - Date.now());
    const reply = connection.request(subject, payload, { timeout, headers: messageHeaders });
    try {
      // The request has the deadline itself; a race costs as much as the rest of the call.
      return await (signal === undefined ? reply : beforeDeadline(reply, subject, deadline, signal));
    } catch (error) {
      if (error instanceof SrvauError) throw error;
      if (error instanceof RequestError && error.isNoResponders()) {
        throw new SrvauError('UNAVAILABLE', `${subject}: no service answers this subject now`, { cause: error });
      }
      if (error instanceof TimeoutError) throw late(subject);
      throw new SrvauError('UNAVAILABLE', `${subject}: ${(error as Error).message}`, { cause: error });
    }
  }
}

function mayRepeat(error: SrvauError, options: RequestOptions): boolean {
  if (error.code === 'UNAVAILABLE' || error.code === 'BUSY') return true;
  return options.idempotent === true && error.code === 'DEADLINE_EXCEEDED';
}

function checkSize(connection: NatsConnection, subject: string, payload: string, rows: number | undefined): void {
  const size = Buffer.byteLength(payload);
  const limit = connection.info?.max_payload;
  if (limit !== undefined && size > limit) {
    throw new SrvauError(
      'PAYLOAD_TOO_LARGE',
      `${subject}: expected a request of at most ${limit} bytes, received ${size}; ${adviceWhenTooLarge(subject, size, limit, rows)}`,
    );
  }
}

/** Rows of a request that is a batch. */
function rowsOf(body: object): number | undefined {
  return 'rollouts' in body && Array.isArray(body.rollouts) ? body.rollouts.length : undefined;
}

function checkNotCancelled(subject: string, signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw cancelled(subject);
}

async function beforeDeadline<T>(
  work: Promise<T>,
  subject: string,
  deadline: number,
  signal: AbortSignal | undefined,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  const interrupted = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(late(subject)), Math.max(1, deadline - Date.now()));
    onAbort = () => reject(cancelled(subject));
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, interrupted]);
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
    // The loser of the race must not become an unhandled rejection.
    work.catch(() => undefined);
  }
}

function cancelled(subject: string): SrvauError {
  return new SrvauError('CANCELLED', `${subject}: the call was cancelled`);
}

function late(subject: string): SrvauError {
  return new SrvauError('DEADLINE_EXCEEDED', `${subject}: no answer before the deadline`);
}
