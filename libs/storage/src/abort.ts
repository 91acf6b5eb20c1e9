import { SrvauError } from '@srvau/contracts';

/** Why the work was told to stop, as the caller said it where the caller said it in our terms. */
export function abortError(signal: AbortSignal): SrvauError {
  if (signal.reason instanceof SrvauError) return signal.reason;
  return new SrvauError('CANCELLED', 'the operation was cancelled', { cause: signal.reason });
}

/** @throws SrvauError the signal's reason, in a form that callers can be told. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortError(signal);
}
