import type { Clock } from '../clock';
import { ModelUnavailableError } from '../model-unavailable-error';
import { AttemptFailure } from './faults';
import type { OpenaiSettings } from './settings';

export type RetrySettings = Pick<OpenaiSettings, 'attempts' | 'retryDelayMs' | 'maxRetryDelayMs' | 'maxRetryAfterMs'>;

export interface RetryOptions {
  settings: RetrySettings;
  clock: Clock;
  /** In [0, 1). */
  random: () => number;
  signal: AbortSignal;
  /** Told of each pause that an endpoint asks for. */
  onRetryAfter: (ms: number) => void;
  /** False ends it: what was given out cannot be taken back. */
  mayRestart: () => boolean;
}

/**
 * Tries until it works or is known not to.
 *
 * Pauses are drawn evenly from 0 to a bound that doubles ("full jitter"), so that many who failed together do not come
 * back together; what the endpoint asks for comes on top.
 *
 * @throws SrvauError of the last attempt; the signal's reason
 */
export async function retrying<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { settings, clock, random, signal } = options;
  for (let made = 1; ; made++) {
    try {
      return await attempt();
    } catch (failure) {
      if (!(failure instanceof AttemptFailure)) throw failure;
      const { again, retryAfterMs = 0 } = failure;
      if (retryAfterMs > 0 && retryAfterMs <= settings.maxRetryAfterMs) options.onRetryAfter(retryAfterMs);
      if (!again || made >= settings.attempts || retryAfterMs > settings.maxRetryAfterMs || !options.mayRestart()) {
        throw final(failure, made);
      }
      const bound = Math.min(settings.maxRetryDelayMs, settings.retryDelayMs * 2 ** (made - 1));
      await clock.sleep(retryAfterMs + random() * bound, signal);
    }
  }
}

function final({ error }: AttemptFailure, attempts: number): unknown {
  if (!(error instanceof ModelUnavailableError) || attempts === 1) return error;
  const { code, message, retryAfterMs, cause } = error;
  return new ModelUnavailableError(code as 'UNAVAILABLE' | 'DEADLINE_EXCEEDED', `${message} (${attempts} attempts)`, {
    retryAfterMs,
    cause,
  });
}
