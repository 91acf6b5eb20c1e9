import { ERROR_STATUS, type ErrorCode, isObject, SrvauError, type WireError } from '@srvau/contracts';

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * The error that an HTTP answer stands for: the service's own where it wrote one, else what its status says, since
 * gateways in between have words of their own.
 */
export function errorOf(what: string, status: number, headers: Headers, text: string): SrvauError {
  const own = wireErrorOf(text);
  const retryAfterMs = own?.retryAfterMs ?? secondsOf(headers['retry-after']);
  if (own !== undefined) return SrvauError.fromWire(withRetry(own, retryAfterMs));
  const message = `${what}: expected an answer of an evaluation service, received HTTP ${status}${excerpt(text)}`;
  return SrvauError.fromWire(withRetry({ code: codeOf(status), message }, retryAfterMs));
}

/** `{"error": …}`, as a body or as the data of an event. */
export function wireErrorOf(text: string): WireError | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const error = isObject(value) ? value['error'] : undefined;
  if (!isObject(error) || typeof error['code'] !== 'string' || typeof error['message'] !== 'string') return undefined;
  return error as unknown as WireError;
}

/** A connection that failed before or during an answer; what failed in `fetching` may be asked again. */
export function connectionError(what: string, origin: string, cause: unknown): SrvauError {
  const { code, message } = cause as NodeJS.ErrnoException;
  const reason = message === '' ? String(code) : message;
  return new SrvauError('UNAVAILABLE', `${what}: expected an answer of ${origin}, received: ${reason}`, { cause });
}

const withRetry = (error: WireError, retryAfterMs: number | undefined): WireError =>
  retryAfterMs === undefined ? error : { ...error, retryAfterMs };

const BY_STATUS: ReadonlyMap<number, ErrorCode> = new Map([
  ...Object.entries(ERROR_STATUS).map(([code, status]) => [status, code as ErrorCode] as const),
  [400, 'INVALID_REQUEST'],
  [401, 'FORBIDDEN'],
  [408, 'DEADLINE_EXCEEDED'],
  // The gateway could not reach the service.
  [502, 'UNAVAILABLE'],
]);

function codeOf(status: number): ErrorCode {
  return BY_STATUS.get(status) ?? (status < 500 ? 'INVALID_REQUEST' : 'INTERNAL');
}

/** Services of ours write whole seconds; of a date, a gateway's, only the pause is lost. */
function secondsOf(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,9}$/.test(header) ? Number(header) * 1000 : undefined;
}

function excerpt(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line === '' ? '' : `: ${line.length > 200 ? `${line.slice(0, 200)}…` : line}`;
}
