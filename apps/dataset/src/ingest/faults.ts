import { SrvauError } from '@srvau/contracts';

/** A file or directory, or an annotated row, is not as it has to be: trying again will not help. */
export function unusable(
  code: 'UNPROCESSABLE' | 'CONFLICT',
  field: string,
  expected: string,
  received: string,
): SrvauError {
  return new SrvauError(code, `${field}: expected ${expected}, received ${received}`, {
    details: [{ field, expected, received }],
  });
}

/** @throws SrvauError the signal's reason, in a form that callers can be told. */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw abortReason(signal);
}

export function abortReason(signal: AbortSignal): SrvauError {
  return signal.reason instanceof SrvauError
    ? signal.reason
    : new SrvauError('CANCELLED', 'the ingest was told to stop', { cause: signal.reason });
}
