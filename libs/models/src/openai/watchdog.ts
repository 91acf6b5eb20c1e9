import { LinkedSignal } from '../linked-signal';

/** Something that did not come in time. */
export class TimedOut extends Error {
  constructor(what: string, ms: number) {
    super(`no ${what} within ${ms} ms`);
  }
}

/** One attempt's time: it may take so long altogether, and so long for each step. Aborts with TimedOut, or as its parent does. */
export class Watchdog implements Disposable {
  readonly #linked: LinkedSignal;
  readonly #total: NodeJS.Timeout;
  #step: NodeJS.Timeout | undefined;
  #stepMs = 0;

  constructor(parent: AbortSignal, totalMs: number) {
    this.#linked = new LinkedSignal([parent]);
    this.#total = setTimeout(() => this.#linked.abort(new TimedOut('whole answer', totalMs)), totalMs);
  }

  get signal(): AbortSignal {
    return this.#linked.signal;
  }

  /** From now on it is this that has to come, within so long; replaces what was expected before. */
  expect(what: string, ms: number): void {
    if (this.#step !== undefined && this.#stepMs === ms) {
      this.#step.refresh();
      return;
    }
    clearTimeout(this.#step);
    this.#stepMs = ms;
    this.#step = setTimeout(() => this.#linked.abort(new TimedOut(what, ms)), ms);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#total);
    clearTimeout(this.#step);
    this.#linked[Symbol.dispose]();
  }
}
