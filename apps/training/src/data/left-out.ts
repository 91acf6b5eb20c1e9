import type { StructuredLog } from '@srvau/contracts';

const NAMED = 5;

/** Counts what is left out by reason, and names the first few of each. */
export class LeftOut {
  readonly #byReason = new Map<string, { count: number; first: string[] }>();
  count = 0;

  add(reason: string, id: string): void {
    const known = this.#byReason.get(reason) ?? { count: 0, first: [] };
    this.#byReason.set(reason, known);
    known.count += 1;
    if (known.first.length < NAMED) known.first.push(id);
    this.count += 1;
  }

  /** `3 without a video (a, b, c), 12 … (d, e, f, g, h, …)` */
  describe(): string {
    const parts = [...this.#byReason].map(([reason, { count, first }]) => {
      const more = count > first.length ? ', …' : '';
      return `${count} ${reason} (${first.join(', ')}${more})`;
    });
    return parts.join('; ');
  }

  tell(log: StructuredLog): void {
    if (this.count > 0) log.warn({ count: this.count }, `left out: ${this.describe()}`);
  }
}
