/**
 * Works on items, several at a time. The first failure aborts what is under way, and is thrown when all of it has ended:
 * nothing goes on behind the caller's back.
 */
export async function inParallel<T>(
  items: readonly T[],
  most: number,
  signal: AbortSignal,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failure = new AbortController();
  const linked = AbortSignal.any([signal, failure.signal]);
  const waiting = items.values();
  const worker = async (): Promise<void> => {
    for (const item of waiting) {
      if (linked.aborted) return;
      try {
        await work(item, linked);
      } catch (error) {
        failure.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
  signal.throwIfAborted();
  failure.signal.throwIfAborted();
}

/** The same for two different things. */
export async function bothOf<A, B>(
  signal: AbortSignal,
  first: (signal: AbortSignal) => Promise<A>,
  second: (signal: AbortSignal) => Promise<B>,
): Promise<[A, B]> {
  const failure = new AbortController();
  const linked = AbortSignal.any([signal, failure.signal]);
  const guarded = <T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> =>
    work(linked).catch((error: unknown) => {
      failure.abort(error);
      return undefined;
    });
  const [a, b] = await Promise.all([guarded(first), guarded(second)]);
  signal.throwIfAborted();
  failure.signal.throwIfAborted();
  return [a as A, b as B];
}
