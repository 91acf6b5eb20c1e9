import { setMaxListeners } from 'node:events';

/**
 * A signal that aborts with any of its parents, or by itself; its ties to them end with it.
 *
 * Not AbortSignal.any: a model lives long, and signals derived from its own would stay registered there until they are
 * collected.
 */
export class LinkedSignal implements Disposable {
  readonly #controller = new AbortController();
  readonly #parents: readonly AbortSignal[];

  constructor(parents: readonly (AbortSignal | undefined)[]) {
    this.#parents = parents.filter((parent) => parent !== undefined);
    for (const parent of this.#parents) {
      if (parent.aborted) this.abort(parent.reason);
      // Many share a parent by design: as many as there are requests under way.
      setMaxListeners(0, parent);
      parent.addEventListener('abort', this.#follow, { once: true });
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller.abort(reason);
  }

  [Symbol.dispose](): void {
    for (const parent of this.#parents) parent.removeEventListener('abort', this.#follow);
  }

  readonly #follow = (event: Event): void => this.abort((event.target as AbortSignal).reason);
}
