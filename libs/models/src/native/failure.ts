import { type ErrorCode, SrvauError } from '@srvau/contracts';
import { NativeError, type NativeErrorCode, NativeLoadError } from '@srvau/native';

const CODES: Readonly<Record<NativeErrorCode, ErrorCode>> = {
  INVALID_ARGUMENT: 'INVALID_REQUEST',
  UNSUPPORTED: 'UNPROCESSABLE',
  CHECKPOINT: 'UNPROCESSABLE',
  // Final: the same request on the same machine would fail again.
  OUT_OF_MEMORY: 'UNPROCESSABLE',
  CANCELLED: 'CANCELLED',
  // A group that is formed again may go on from the last saved state.
  PROCESS_GROUP: 'UNAVAILABLE',
  INTERNAL: 'INTERNAL',
};

/** A failure of native code as callers see it, its message kept; anything else as it is. */
export function fromNativeFailure(thrown: unknown): unknown {
  if (thrown instanceof NativeError) return new SrvauError(CODES[thrown.code], thrown.message, { cause: thrown });
  if (thrown instanceof NativeLoadError) return new SrvauError('UNAVAILABLE', thrown.message, { cause: thrown });
  return thrown;
}

/** `work`, with native failures as SrvauErrors. */
export async function nativeCall<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw fromNativeFailure(error);
  }
}
