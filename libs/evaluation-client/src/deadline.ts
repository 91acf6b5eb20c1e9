/** Node's timers take no more, and fire at once for what is beyond: 25 days. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * A time limit, and the caller's own signal, as one signal. `AbortSignal.any` would do, but on Node 20 each of its
 * signals stays in memory for as long as the caller's does.
 */
export class Deadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #onAbort = (): void => this.#controller.abort(this.outer?.reason);
  /** Whether the time, and not the caller, ended it. */
  passed = false;

  constructor(
    ms: number,
    private readonly outer: AbortSignal | undefined,
  ) {
    this.#timer = setTimeout(
      () => {
        this.passed = true;
        this.#controller.abort();
      },
      Math.min(ms, MAX_TIMER_MS),
    );
    if (outer?.aborted === true) this.#onAbort();
    outer?.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Resolves when it has ended, for whatever reason. */
  get over(): Promise<void> {
    const { signal } = this;
    return new Promise((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Ends it early. */
  abort(): void {
    this.#controller.abort();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.outer?.removeEventListener('abort', this.#onAbort);
  }
}
