import { setTimeout as sleep } from 'node:timers/promises';

/** Time as limits and retries know it; tests put their own in its place. */
export interface Clock {
  /** ms, never going back. */
  now(): number;
  /** Rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep: async (ms, signal) => {
    try {
      await sleep(ms, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // Node wraps the reason.
      signal?.throwIfAborted();
      throw error;
    }
  },
};
