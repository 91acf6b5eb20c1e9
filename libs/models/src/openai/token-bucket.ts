import type { Clock } from '../clock';

/** An allowance that fills up evenly over a minute, and may be overdrawn. */
export class TokenBucket {
  #level: number;
  #atMs: number;

  /** @param perMinute also what it holds when it is full, as it is at the start */
  constructor(
    private readonly perMinute: number,
    private readonly clock: Clock,
  ) {
    this.#level = perMinute;
    this.#atMs = clock.now();
  }

  /** How long until there is so much; for more than it holds, until it is full. 0: now. */
  waitMs(amount: number): number {
    this.#fill();
    const lacking = Math.min(amount, this.perMinute) - this.#level;
    // Rounded up, so that at the end of the wait there is enough.
    return lacking <= 1e-6 * this.perMinute ? 0 : Math.ceil((lacking / this.perMinute) * 60_000);
  }

  /** @param amount below 0: gives back */
  take(amount: number): void {
    this.#fill();
    this.#level = Math.min(this.perMinute, this.#level - amount);
  }

  #fill(): void {
    const now = this.clock.now();
    this.#level = Math.min(this.perMinute, this.#level + ((now - this.#atMs) / 60_000) * this.perMinute);
    this.#atMs = now;
  }
}
