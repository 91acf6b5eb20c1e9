import { describe, isObject, SrvauError, type WireError } from '@srvau/contracts';

/** A request as it came: plain JSON, or Nest's `ClientProxy` envelope `{pattern, data, id}`. */
export interface DecodedRequest {
  data: unknown;
  /** Set when the caller is a Nest `ClientProxy`: the reply goes back in the same form. */
  nestId?: string;
}

const MAX_NEST_ID_CHARS = 256;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * @throws SrvauError INVALID_JSON for bytes that are not UTF-8 JSON. An empty body counts as `{}`.
 */
export function decodeRequest(bytes: Uint8Array): DecodedRequest {
  if (bytes.length === 0) return { data: {} };
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SrvauError('INVALID_JSON', `expected a JSON object as body, received ${bytes.length} bytes: ${reason}`, {
      details: [{ field: '(body)', expected: 'JSON', received: reason }],
      cause,
    });
  }
  return isNestEnvelope(value) ? { data: value.data ?? {}, nestId: value.id } : { data: value };
}

function isNestEnvelope(value: unknown): value is { pattern: unknown; data: unknown; id: string } {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false;
  // The id is echoed in every answer, errors too: it must leave room for them.
  const hasId = 'id' in value && typeof value.id === 'string' && value.id.length <= MAX_NEST_ID_CHARS;
  return 'pattern' in value && hasId && Object.keys(value).length <= 3;
}

export function encodeReply(value: unknown, nestId: string | undefined): string {
  const body = value ?? {};
  return JSON.stringify(nestId === undefined ? body : { response: body, isDisposed: true, id: nestId });
}

export function encodeError(error: WireError, nestId: string | undefined): string {
  return JSON.stringify(nestId === undefined ? { error } : { err: error, isDisposed: true, id: nestId });
}

/** Reads a reply of our services; the opposite of the two above for plain JSON. */
export function decodeReply(bytes: Uint8Array): unknown {
  let value: unknown;
  try {
    value = JSON.parse(utf8.decode(bytes));
  } catch (cause) {
    throw new SrvauError('INTERNAL', 'the reply is not JSON', { cause });
  }
  // Alone: the record of a job that has failed holds an error among other things.
  if (!isObject(value) || !('error' in value) || Object.keys(value).length > 1) return value;
  const { error } = value;
  if (isObject(error) && 'code' in error && 'message' in error)
    throw SrvauError.fromWire(error as unknown as WireError);
  throw new SrvauError('INTERNAL', `the reply holds an error of unknown form: ${describe(error)}`);
}
