/**
 * Works on the items with at most `limit` at a time, in the order of the items. When one fails, the signal that the others
 * got is aborted, all of them are awaited, and the first failure is thrown: nothing goes on behind the caller's back.
 */
export async function concurrently<T>(
  items: Iterable<T>,
  limit: number,
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failure = new AbortController();
  const either = AbortSignal.any([signal, failure.signal]);
  const iterator = items[Symbol.iterator]();

  async function worker(): Promise<void> {
    for (let next = iterator.next(); next.done !== true; next = iterator.next()) {
      either.throwIfAborted();
      await work(next.value, either);
    }
  }
  const workers = Array.from({ length: limit }, () =>
    worker().catch((error: unknown) => {
      // Later failures are mostly echoes of the first, through the signal.
      if (!failure.signal.aborted) failure.abort(error);
    }),
  );
  await Promise.all(workers);
  either.throwIfAborted();
}
