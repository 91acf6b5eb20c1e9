import { cutText, describe, SrvauError } from '@srvau/contracts';

const MAX_CHARS = 500;

/** One line about what was thrown, which may be anything, for an error message. */
export function describeThrown(thrown: unknown): string {
  try {
    if (!(thrown instanceof Error) && !isErrorLike(thrown)) return describe(thrown);
    const text = `${String(thrown.name)}: ${String(thrown.message)}`.replace(/\s+/g, ' ');
    return text.length <= MAX_CHARS ? text : cutText(text);
  } catch {
    // Its name or message is a getter that throws, or it is a proxy; that much can be said.
    return 'something that cannot be shown';
  }
}

/**
 * A SrvauError as one of ours. A plugin may bring its own copy of the SDK, whose SrvauError is another class.
 * @returns undefined for anything else
 */
export function asSrvauError(thrown: unknown): SrvauError | undefined {
  if (thrown instanceof SrvauError) return thrown;
  if (!isErrorLike(thrown) || thrown.name !== 'SrvauError') return undefined;
  const { toWire } = thrown as { toWire?: unknown };
  return typeof toWire === 'function' ? SrvauError.fromWire((thrown as unknown as SrvauError).toWire()) : undefined;
}

/** An Error of another realm or thread is no instance of ours. */
function isErrorLike(value: unknown): value is { name: unknown; message: unknown } {
  return value !== null && typeof value === 'object' && 'name' in value && 'message' in value;
}
