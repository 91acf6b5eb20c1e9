import { type Api, type ErrorCode, SrvauError, type Subject, SUBJECTS } from '@srvau/contracts';
import type { RequestOptions } from '@srvau/messaging';
import type { Outage } from './outage';

/** What is needed of a ServiceClient. */
export interface Requester {
  request<S extends Subject>(subject: S, body: Api[S]['request'], options?: RequestOptions): Promise<Api[S]['reply']>;
}

export interface Patience {
  /** How long one try waits for its answer. */
  readonly attemptMs: number;
  /** Between two looks whether anybody is still there to answer it. */
  readonly probeEveryMs: number;
}

/** Not now; maybe later. CANCELLED comes from a service that stops, where it was not us who cancelled. */
const AWAY: ReadonlySet<ErrorCode> = new Set(['UNAVAILABLE', 'BUSY', 'DEADLINE_EXCEEDED', 'CANCELLED']);
/** A defect that comes again each time must not make the run wait for ever. */
const MOST_INTERNAL_ERRORS = 3;
/** Looks without an answer, which a service that is busy may miss one of, until a request is sent again. */
const MOST_SILENT_PROBES = 3;

/**
 * Asks until there is an answer: while the service, or NATS, is away the caller waits. Only for requests that may be
 * handled twice.
 *
 * @throws SrvauError that is final; the signal's reason
 */
export async function patientCall<S extends Subject>(
  requester: Requester,
  subject: S,
  body: Api[S]['request'],
  { outage, patience, signal }: { outage: Outage; patience: Patience; signal: AbortSignal },
): Promise<Api[S]['reply']> {
  let internalErrors = 0;
  for (let tries = 1; ; tries += 1) {
    signal.throwIfAborted();
    try {
      const reply = await attempt(requester, subject, body, patience, signal);
      outage.over();
      return reply;
    } catch (thrown) {
      signal.throwIfAborted();
      const error = SrvauError.from(thrown);
      if (error.code === 'INTERNAL') internalErrors += 1;
      else if (!AWAY.has(error.code)) throw error;
      if (internalErrors > MOST_INTERNAL_ERRORS) throw error;
      await outage.wait(error.message, tries, signal);
    }
  }
}

/**
 * One try, which is given up early where nobody is left to answer: a service that was killed with our request would
 * otherwise cost the whole time of a try.
 */
async function attempt<S extends Subject>(
  requester: Requester,
  subject: S,
  body: Api[S]['request'],
  { attemptMs, probeEveryMs }: Patience,
  signal: AbortSignal,
): Promise<Api[S]['reply']> {
  const over = new AbortController();
  const lost = new AbortController();
  const options = { timeoutMs: attemptMs, retries: 0, signal: AbortSignal.any([signal, lost.signal]) };
  const watching = watch(requester, probeEveryMs, lost, over.signal);
  try {
    return await requester.request(subject, body, options);
  } catch (error) {
    if (!signal.aborted) lost.signal.throwIfAborted();
    throw error;
  } finally {
    over.abort();
    await watching;
  }
}

/** Aborts `lost` when nobody serves the subject any more, or there is no answer for several looks. */
async function watch(requester: Requester, everyMs: number, lost: AbortController, over: AbortSignal): Promise<void> {
  for (let silent = 0; silent < MOST_SILENT_PROBES;) {
    if (await passed(everyMs, over)) return;
    try {
      await requester.request(SUBJECTS.rewardInfo, {}, { timeoutMs: everyMs, retries: 0, signal: over });
      silent = 0;
    } catch (error) {
      if (over.aborted) return;
      silent = SrvauError.from(error).code === 'UNAVAILABLE' ? MOST_SILENT_PROBES : silent + 1;
    }
  }
  lost.abort(new SrvauError('UNAVAILABLE', `${SUBJECTS.rewardScore}: the reward service has gone`));
}

/** Waits. @returns whether `over` aborted meanwhile */
function passed(ms: number, over: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      over.removeEventListener('abort', end);
      resolve(over.aborted);
    };
    const timer = setTimeout(end, ms);
    over.addEventListener('abort', end, { once: true });
    if (over.aborted) end();
  });
}
