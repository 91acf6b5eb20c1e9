import { concurrently } from '@srvau/storage';

/**
 * Two results at once. When one fails, the signal that the other got is aborted, and the failure is thrown when both have
 * ended.
 */
export async function bothOf<A, B>(
  signal: AbortSignal,
  first: (signal: AbortSignal) => Promise<A>,
  second: (signal: AbortSignal) => Promise<B>,
): Promise<[A, B]> {
  const results: { a?: A; b?: B } = {};
  const works = [
    async (linked: AbortSignal) => void (results.a = await first(linked)),
    async (linked: AbortSignal) => void (results.b = await second(linked)),
  ];
  await concurrently(works, works.length, signal, (work, linked) => work(linked));
  return [results.a as A, results.b as B];
}
