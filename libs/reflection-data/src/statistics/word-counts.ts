import { STOP_WORDS } from './stop-words';

const WORD = /\p{L}[\p{L}\p{M}]*(?:['’-]\p{L}[\p{L}\p{M}]*)*/gu;
const MAX_WORD_CHARS = 40;
/** A vocabulary grows slowly with the text; only nonsense reaches this, and must not fill the memory. */
const MAX_DISTINCT = 500_000;
export const WORDS_KEPT = 200;

/** Counts words without regard to case; stop words, single letters and what is too long for a word are left out. */
export class WordCounts {
  private readonly counts = new Map<string, number>();

  /** At most 500,000: later ones are not counted. */
  get distinct(): number {
    return this.counts.size;
  }

  add(text: string): void {
    for (const [found] of text.matchAll(WORD)) {
      if (found.length > MAX_WORD_CHARS) continue;
      const word = found.toLowerCase().replaceAll('’', "'");
      if (word.length < 2 || STOP_WORDS.has(word)) continue;
      const count = this.counts.get(word);
      if (count !== undefined) this.counts.set(word, count + 1);
      else if (this.counts.size < MAX_DISTINCT) this.counts.set(word, 1);
    }
  }

  /** The most frequent first, equal ones in the order of the alphabet. */
  top(kept = WORDS_KEPT): { word: string; count: number }[] {
    return [...this.counts]
      .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
      .slice(0, kept)
      .map(([word, count]) => ({ word, count }));
  }
}
