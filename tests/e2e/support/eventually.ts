import { setTimeout as sleep } from 'node:timers/promises';

/** Generous: on a slow machine a test may take longer, but must not fail. */
const DEADLINE_MS = 30_000;

/**
 * Tries `attempt` until it neither throws nor returns undefined or false.
 * @throws the last error, or that the condition never came true.
 */
export async function eventually<T>(
  what: string,
  attempt: () => T | undefined | false | Promise<T | undefined | false>,
  deadlineMs: number = DEADLINE_MS,
): Promise<T> {
  const end = Date.now() + deadlineMs;
  for (;;) {
    let failure: unknown;
    try {
      const result = await attempt();
      if (result !== undefined && result !== false) return result;
      failure = new Error(`still not so after ${deadlineMs} ms: ${what}`);
    } catch (error) {
      failure = error;
    }
    if (Date.now() >= end) throw failure;
    await sleep(50);
  }
}
