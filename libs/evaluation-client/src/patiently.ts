import { setTimeout as sleep } from 'node:timers/promises';
import { SrvauError } from '@srvau/contracts';
import { pauseMs } from '@srvau/messaging/client';
import { MAX_TIMER_MS } from './deadline';
import type { CallOptions, Try } from './transport';

const DEFAULT_RETRIES = 5;

export interface Patience extends CallOptions {
  timeoutMs: number;
  /** How long one try may take; without it the whole deadline. */
  attemptMs?: number;
}

/** What is undefined in `options` is as if it were not there, as programs without strict types pass it on. */
export function withDefaults(defaults: Patience, options: CallOptions & { attemptMs?: number }): Patience {
  return { ...defaults, ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) };
}

/**
 * Works until it succeeds, fails for good, or time or tries are used up. A service that says when it will have a place
 * is not asked before; what it says lies beyond the deadline is not waited for.
 *
 * @param work must be harmless to repeat
 * @param what names the call in messages
 * @throws the last SrvauError of `work`; CANCELLED
 */
export async function patiently<T>(
  what: string,
  work: (attempt: Try) => Promise<T>,
  { signal, timeoutMs, attemptMs = timeoutMs, retries = DEFAULT_RETRIES }: Patience,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (let count = 0; ; count += 1) {
    throwIfAborted(what, signal);
    try {
      return await work({ timeoutMs: Math.max(1, Math.min(attemptMs, deadline - Date.now(), MAX_TIMER_MS)), signal });
    } catch (thrown) {
      throwIfAborted(what, signal);
      const error = SrvauError.from(thrown);
      const pause = pauseMs(error, count);
      if (count >= retries || !mayPass(error, attemptMs < timeoutMs) || Date.now() + pause >= deadline) throw error;
      await pauseFor(pause, what, signal);
    }
  }
}

/** @throws SrvauError CANCELLED */
export async function pauseFor(ms: number, what: string, signal: AbortSignal | undefined): Promise<void> {
  // It rejects for the signal alone, of which the next line speaks.
  await sleep(Math.min(ms, MAX_TIMER_MS), undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  throwIfAborted(what, signal);
}

export function throwIfAborted(what: string, signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw cancelled(what, signal);
}

export function cancelled(what: string, { reason }: AbortSignal): SrvauError {
  return new SrvauError('CANCELLED', `${what}: the call was cancelled`, { cause: reason });
}

export function closedError(what: string): SrvauError {
  return new SrvauError('CANCELLED', `${what}: the client is closed`);
}

/** @param isLook whether a try has less time than the call: then a try that was out of time says nothing of the next */
function mayPass({ code }: SrvauError, isLook: boolean): boolean {
  return code === 'BUSY' || code === 'UNAVAILABLE' || (isLook && code === 'DEADLINE_EXCEEDED');
}
