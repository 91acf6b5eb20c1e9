import type { Clip } from '@srvau/native';

/** A clip that stays usable until it is released. */
export interface ClipLease {
  readonly clip: Clip;
  /** Harmless when repeated. */
  release(): void;
}

interface Entry {
  made: Promise<Clip>;
  /** Undefined while it is being made. */
  clip: Clip | undefined;
  controller: AbortController;
  users: number;
}

/**
 * Clips by key, the least recently used given up first. Whoever asks for the same key gets the same object, also while it
 * is being made, so that the native side computes its vision features once a call.
 *
 * What is in use is never disposed, so the cache exceeds its bound by what is in use.
 */
export class ClipCache {
  /** In the order of use, the latest last. */
  readonly #entries = new Map<string, Entry>();
  #closed = false;

  /** @param maxBytes pixel values held at a time */
  constructor(private readonly maxBytes: number) {}

  /**
   * @param make gets a signal that aborts only when everybody who waits has left: one caller's cancellation must not fail
   *   the others
   */
  async acquire(key: string, make: (signal: AbortSignal) => Promise<Clip>, signal?: AbortSignal): Promise<ClipLease> {
    signal?.throwIfAborted();
    if (this.#closed) throw new Error('the clip cache is closed');
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
      return { clip: await orAborted(entry.made, signal), release };
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

  #start(make: (signal: AbortSignal) => Promise<Clip>): Entry {
    const controller = new AbortController();
    const entry: Entry = { made: make(controller.signal), clip: undefined, controller, users: 0 };
    entry.made.then(
      (clip) => {
        // Everybody may have left at the very end of the making.
        if (controller.signal.aborted) void clip.dispose();
        else entry.clip = clip;
      },
      () => undefined,
    );
    return entry;
  }

  #leave(key: string, entry: Entry): void {
    entry.users -= 1;
    if (entry.users > 0) return;
    if (entry.clip === undefined) {
      // It failed, or nobody waits for it any more.
      entry.controller.abort();
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    }
    this.#evict();
  }

  #evict(): void {
    const bound = this.#closed ? -1 : this.maxBytes;
    let total = 0;
    for (const { clip } of this.#entries.values()) total += clip?.bytes ?? 0;
    for (const [key, { clip, users }] of this.#entries) {
      if (total <= bound) return;
      if (clip === undefined || users > 0) continue;
      this.#entries.delete(key);
      total -= clip.bytes;
      void clip.dispose();
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
