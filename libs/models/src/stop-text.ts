/**
 * Lets text through up to the first stop text. What may yet become one is held back until it is decided, so that text
 * that was given out is never taken back.
 */
export class StopText {
  #held = '';
  #stopped = false;

  constructor(private readonly stops: readonly string[]) {}

  /** A stop text has come; nothing follows. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** @returns what is certainly before any stop text, often nothing */
  push(text: string): string {
    if (this.#stopped) return '';
    const held = this.#held + text;
    const found = this.stops.map((stop) => held.indexOf(stop)).filter((at) => at >= 0);
    this.#stopped = found.length > 0;
    const shown = this.#stopped ? Math.min(...found) : held.length - this.#undecided(held);
    this.#held = this.#stopped ? '' : held.slice(shown);
    return held.slice(0, shown);
  }

  /** What was held back and became no stop text after all. */
  end(): string {
    const rest = this.#held;
    this.#held = '';
    return rest;
  }

  /** Length of the longest end of `text` that is the beginning of a stop text. */
  #undecided(text: string): number {
    const longest = Math.max(0, ...this.stops.map((stop) => stop.length - 1));
    for (let length = Math.min(longest, text.length); length > 0; length--) {
      const end = text.slice(-length);
      if (this.stops.some((stop) => stop.startsWith(end))) return length;
    }
    return 0;
  }
}
