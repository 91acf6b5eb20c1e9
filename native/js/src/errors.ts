/**
 * What a caller may do about a failure.
 *
 * - `INVALID_ARGUMENT`: something impossible was asked for: a value out of range, a shape that does not fit
 * - `UNSUPPORTED`: a well-formed checkpoint or option that is not implemented
 * - `CHECKPOINT`: files that are missing, damaged or do not fit together
 * - `OUT_OF_MEMORY`: the device or the host has no memory left; a smaller batch may pass
 * - `CANCELLED`: the environment that asked is being torn down; a caller's own abort rejects with the signal's reason
 * - `PROCESS_GROUP`: another rank of a group has ended, is late or does something else; where training was under way, go
 *   on from the last saved state in a new group
 * - `INTERNAL`: a defect of ours or of libtorch
 */
export type NativeErrorCode =
  'INVALID_ARGUMENT' | 'UNSUPPORTED' | 'CHECKPOINT' | 'OUT_OF_MEMORY' | 'CANCELLED' | 'PROCESS_GROUP' | 'INTERNAL';

/** A failure of native code. The message says what was expected, for what, and what came. */
export class NativeError extends Error {
  override readonly name = 'NativeError';

  constructor(
    readonly code: NativeErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** Where in JavaScript a call was made: errors from another thread have no stack of their own. */
export interface CallSite {
  readonly stack?: string;
}

/** Frames of the caller of `callee`, cheap until they are looked at. */
export function callSite(callee: (...args: never[]) => unknown): CallSite {
  const site = {};
  Error.captureStackTrace(site, callee);
  return site;
}

/** What the addon threw or rejected with, as the error that callers see, with the stack of their call. */
export function fromNative(thrown: unknown, site: CallSite): unknown {
  if (!(isErrorLike(thrown) && typeof thrown.message === 'string')) return thrown;
  const error =
    typeof thrown.code === 'string'
      ? new NativeError(thrown.code as NativeErrorCode, thrown.message)
      : new TypeError(thrown.message);
  const frames = site.stack?.split('\n').slice(1) ?? [];
  error.stack = [`${error.name}: ${error.message}`, ...frames].join('\n');
  return error;
}

// Not instanceof: the addon belongs to the process, whose Error is not that of a vm context such as a test's.
function isErrorLike(value: unknown): value is { message: unknown; code?: unknown } {
  return typeof value === 'object' && value !== null && 'message' in value;
}
