/** What a cache can hold. */
export interface Cached {
  readonly bytes: number;
  /** Called once, when nobody uses it any more. */
  dispose(): unknown;
}

/** A value that stays usable until it is released. */
export interface Lease<V> {
  readonly value: V;
  /** Harmless when repeated. */
  release(): void;
}

interface Entry<V> {
  made: Promise<V>;
  /** Undefined while it is being made. */
  value: V | undefined;
  controller: AbortController;
  users: number;
}

/**
 * Values by key, the least recently used given up first. Whoever asks for the same key gets the same object, also while it
 * is being made: of a clip the native side then computes the vision features once a call.
 *
 * What is in use is never disposed, so the cache exceeds its bound by what is in use.
 */
export class SharedCache<V extends Cached> {
  /** In the order of use, the latest last. */
  readonly #entries = new Map<string, Entry<V>>();
  #closed = false;

  /** @param maxBytes held at a time */
  constructor(private readonly maxBytes: number) {}

  /**
   * @param make gets a signal that aborts only when everybody who waits has left: one caller's cancellation must not fail
   *   the others
   */
  async acquire(key: string, make: (signal: AbortSignal) => Promise<V>, signal?: AbortSignal): Promise<Lease<V>> {
    signal?.throwIfAborted();
    if (this.#closed) throw new Error('the cache is closed');
    const entry = this.#entries.get(key) ?? this.#start(make);
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.users += 1;
    let held = true;
    const release = (): void => {
      if (held) this.#leave(key, entry);
      held = false;
    };
    try {
      return { value: await orAborted(entry.made, signal), release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Gives up everything: now what is not in use, and the rest when it is released. */
  close(): void {
    this.#closed = true;
    this.#evict();
  }

  #start(make: (signal: AbortSignal) => Promise<V>): Entry<V> {
    const controller = new AbortController();
    const entry: Entry<V> = { made: make(controller.signal), value: undefined, controller, users: 0 };
    entry.made.then(
      (value) => {
        // Everybody may have left at the very end of the making.
        if (controller.signal.aborted) void value.dispose();
        else entry.value = value;
      },
      () => undefined,
    );
    return entry;
  }

  #leave(key: string, entry: Entry<V>): void {
    entry.users -= 1;
    if (entry.users > 0) return;
    if (entry.value === undefined) {
      // It failed, or nobody waits for it any more.
      entry.controller.abort();
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    }
    this.#evict();
  }

  #evict(): void {
    const bound = this.#closed ? -1 : this.maxBytes;
    let total = 0;
    for (const { value } of this.#entries.values()) total += value?.bytes ?? 0;
    for (const [key, { value, users }] of this.#entries) {
      if (total <= bound) return;
      if (value === undefined || users > 0) continue;
      this.#entries.delete(key);
      total -= value.bytes;
      void value.dispose();
    }
  }
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', leave, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', leave));
  });
}
