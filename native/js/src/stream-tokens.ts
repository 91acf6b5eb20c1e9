import { type GenerateCallOptions, type TokenBatch } from './generate';
import { type CallOptions } from './types';
import { toObject } from './values';

/** Lets what a token callback throws stop the generation that calls it, and be what that rejects with. */
export async function streamTokens<T>(
  options: GenerateCallOptions,
  start: (call: CallOptions, onTokens: ((batch: TokenBatch) => void) | undefined) => Promise<T>,
): Promise<T> {
  const { signal, onTokens } = toObject(options, 'options');
  if (onTokens === undefined) return start(options, undefined);
  const failure = new AbortController();
  const signals = signal === undefined ? [failure.signal] : [failure.signal, signal];
  const result = await start({ signal: AbortSignal.any(signals) }, (batch) => {
    if (failure.signal.aborted) return;
    try {
      onTokens(batch);
    } catch (thrown) {
      failure.abort(thrown);
    }
  });
  // It may have thrown at the very last token, when there was nothing left to stop.
  failure.signal.throwIfAborted();
  return result;
}
