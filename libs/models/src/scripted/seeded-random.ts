import { createHash } from 'node:crypto';

/** Numbers that follow from a text alone, the same everywhere. */
export class SeededRandom {
  #block: Buffer;
  #at = 0;

  constructor(key: string) {
    this.#block = createHash('sha256').update(key).digest();
  }

  /** In [0, 1), 32 bits. */
  next(): number {
    if (this.#at === this.#block.length) {
      this.#block = createHash('sha256').update(this.#block).digest();
      this.#at = 0;
    }
    const value = this.#block.readUInt32LE(this.#at) / 2 ** 32;
    this.#at += 4;
    return value;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** @param items at least one */
  pick<T>(items: readonly T[]): T {
    const item = items[Math.floor(this.next() * items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  /** Some of them, in their own order. */
  some<T>(items: readonly T[], count: number): T[] {
    const marked = items.map((item, at) => ({ item, at, mark: this.next() }));
    const chosen = [...marked].sort((a, b) => a.mark - b.mark || a.at - b.at).slice(0, count);
    return chosen.sort((a, b) => a.at - b.at).map(({ item }) => item);
  }
}
