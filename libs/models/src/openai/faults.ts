import { cutText, type ErrorCode, SrvauError } from '@srvau/contracts';
import { ModelUnavailableError } from '../model-unavailable-error';
import type { Endpoint } from './endpoint';
import { TimedOut } from './watchdog';

/** Why one attempt failed, and whether another may do better. */
export class AttemptFailure extends Error {
  constructor(
    readonly error: SrvauError,
    readonly again: boolean,
    /** The endpoint's own text, for those who look for hints in it. */
    readonly hint = '',
  ) {
    super(error.message, { cause: error });
  }

  /** As the endpoint asked for. */
  get retryAfterMs(): number | undefined {
    return this.error instanceof ModelUnavailableError ? this.error.retryAfterMs : undefined;
  }
}

/** Statuses after which the same request may succeed: not yet, too early, too many, and what is the server's own fault. */
const PASSING = new Set([408, 409, 425, 429]);

/**
 * What a status other than 2xx means.
 *
 * @param text of the body, as far as it was read
 */
export function failureOfStatus(
  endpoint: Endpoint,
  status: number,
  text: string,
  retryAfterMs: number | undefined,
): AttemptFailure {
  const said = saidBy(endpoint, text);
  const received = `${status}${said === '' ? '' : ` ${said}`}`;
  // Out of money, which no pause of ours mends; but once somebody has paid, the same request succeeds.
  const unpaid = status === 402 || (status === 429 && /insufficient_quota/.test(text));
  if (unpaid || PASSING.has(status) || status >= 500) {
    const message = sentence(endpoint, 'an answer', received);
    return new AttemptFailure(new ModelUnavailableError('UNAVAILABLE', message, { retryAfterMs }), !unpaid);
  }
  const error = mismatch(codeOf(status), endpoint, expectationOf(status, endpoint), received);
  return new AttemptFailure(error, false, text);
}

function codeOf(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'FORBIDDEN';
  // Where it leads nobody has allowed; and it is the address that is wrong, not one request.
  if (status >= 300 && status < 400) return 'FORBIDDEN';
  if (status === 404) return 'NOT_FOUND';
  if (status === 413) return 'PAYLOAD_TOO_LARGE';
  return 'INVALID_REQUEST';
}

function expectationOf(status: number, { key, model }: Endpoint): string {
  if (status === 401 || status === 403) return `leave to use it (key: ${key.source})`;
  if (status === 404) return `the model ${JSON.stringify(model)} and /chat/completions`;
  if (status >= 300 && status < 400) return 'an answer, as redirects are not followed';
  return 'a request that it takes';
}

/** An answer that nothing can be made of; the next one may be better. */
export function unusable(endpoint: Endpoint, expected: string, received: string, cause?: unknown): AttemptFailure {
  return new AttemptFailure(
    new ModelUnavailableError('UNAVAILABLE', sentence(endpoint, expected, received), { cause }),
    true,
  );
}

/** An answer that is longer than any that was asked for: asking again would give the same. */
export function tooLong(endpoint: Endpoint, maxBytes: number): AttemptFailure {
  return new AttemptFailure(
    mismatch('UNPROCESSABLE', endpoint, `an answer of at most ${maxBytes} bytes`, 'more', 'answer'),
    false,
  );
}

/** No answer came, or not all of it: time-outs, connections that fail or break off, what is no HTTP. */
export function failureOfTransport(endpoint: Endpoint, thrown: unknown): AttemptFailure {
  const timedOut = thrown instanceof TimedOut || /TIMEOUT|ETIMEDOUT/.test(systemCode(thrown));
  const received = thrown instanceof TimedOut ? thrown.message : `${systemCode(thrown)} ${textOf(thrown)}`.trim();
  const message = sentence(endpoint, 'an answer', endpoint.key.redact(cutText(received)));
  const error = new ModelUnavailableError(timedOut ? 'DEADLINE_EXCEEDED' : 'UNAVAILABLE', message, { cause: thrown });
  return new AttemptFailure(error, !/CERT|SELF_SIGNED|UNABLE_TO_VERIFY/.test(systemCode(thrown)));
}

function systemCode(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return systemCode(thrown.errors[0]);
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : '';
}

function textOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.errors.length > 0) return textOf(thrown.errors[0]);
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** The server's message where it is JSON as usual, else its beginning; quoted, since it may hold anything. */
export function saidBy(endpoint: Endpoint, text: string): string {
  const message = messageIn(text) ?? text.trim();
  return message === '' ? '' : shorten(JSON.stringify(endpoint.key.redact(message)));
}

const MAX_SAID = 300;

function shorten(quoted: string): string {
  return quoted.length <= MAX_SAID ? quoted : `${quoted.slice(0, MAX_SAID)}… (${quoted.length} characters)`;
}

/** `{"error": {"message"}}` of OpenAI, `{"message"}` of older vLLM, `{"detail"}` of FastAPI. */
function messageIn(text: string): string | undefined {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  const found =
    field(field(body, 'error'), 'message') ?? field(body, 'error') ?? field(body, 'message') ?? field(body, 'detail');
  return typeof found === 'string' ? found : found === undefined ? undefined : JSON.stringify(found);
}

function field(value: unknown, name: string): unknown {
  if (value === null || typeof value !== 'object' || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name] ?? undefined;
}

function mismatch(
  code: ErrorCode,
  endpoint: Endpoint,
  expected: string,
  received: string,
  field: 'model' | 'answer' = 'model',
): SrvauError {
  return SrvauError.mismatch(code, subject(endpoint), expected, received, { field });
}

function sentence(endpoint: Endpoint, expected: string, received: string): string {
  return `${subject(endpoint)}: expected ${expected}, received ${received}`;
}

function subject({ name, model }: Endpoint): string {
  return `model ${JSON.stringify(model)} at ${name}`;
}
