import type { SrvauError } from '@srvau/contracts';

const BACKOFF_MS = { first: 100, most: 2_000 };

/**
 * How long to wait before a request that failed so is sent again: what the service asks for, else longer each time.
 * Spread, so that callers who were turned away together do not come back together.
 *
 * @param count of the tries that failed before
 */
export function pauseMs({ retryAfterMs }: SrvauError, count: number): number {
  if (retryAfterMs !== undefined) return retryAfterMs * (1 + Math.random() / 4);
  return Math.min(BACKOFF_MS.first * 2 ** count, BACKOFF_MS.most) * (0.5 + Math.random() / 2);
}
