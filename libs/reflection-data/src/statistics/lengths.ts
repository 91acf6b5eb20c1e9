import type { LengthStatistics } from '@srvau/contracts';

/** Lower edges of the bins, in words; the last bin has no upper edge. */
const EDGES = [0, 10, 25, 50, 100, 200, 400, 800] as const;

/** Sums lengths up. */
export class Lengths {
  private readonly counts: number[] = EDGES.map(() => 0);
  private n = 0;
  private total = 0;
  private min = Infinity;
  private max = -Infinity;

  add(length: number): void {
    this.n += 1;
    this.total += length;
    this.min = Math.min(this.min, length);
    this.max = Math.max(this.max, length);
    const bin = EDGES.findLastIndex((edge) => length >= edge);
    this.counts[bin] = (this.counts[bin] ?? 0) + 1;
  }

  finish(): LengthStatistics {
    const some = this.n > 0;
    return {
      count: this.n,
      total: this.total,
      min: some ? this.min : null,
      mean: some ? Math.round((this.total / this.n) * 1000) / 1000 : null,
      max: some ? this.max : null,
      histogram: EDGES.map((from, i) => ({ from, to: EDGES[i + 1] ?? null, count: this.counts[i] ?? 0 })),
    };
  }
}

/** Runs of characters between white space. */
export function countWords(text: string): number {
  let words = 0;
  for (const _word of text.matchAll(/\S+/g)) words += 1;
  return words;
}
