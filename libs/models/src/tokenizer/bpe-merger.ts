import { cutText } from '@srvau/contracts';
import { unusable } from '../checkpoint/read-file';
import { BYTE_TO_CHAR } from './byte-alphabet';
import { MinHeap } from './min-heap';

/** A merge waits in the heap as one number: its rank, then its place, so that equal ranks go from left to right. */
const PLACES = 2 ** 27;

const MAX_CACHED_WORDS = 16_384;
const MAX_CACHED_LENGTH = 64;

const GONE = -1;

/**
 * Byte-pair encoding of one word, in O(n log n) time whatever the word is, over ids in flat arrays. (The merger that comes
 * with the tokenizers package makes strings and JSON of each pair: a word of 1 MB takes it 8 s and more, and a gigabyte.)
 */
export class BpeMerger {
  readonly #idOfChar = new Map<string, number>();
  readonly #tokenOfId: readonly string[];
  /** left · size + right → rank; the lower, the earlier. */
  readonly #rankOfPair = new Map<number, number>();
  readonly #mergedOfRank: Int32Array;
  readonly #size: number;
  readonly #cache = new Map<string, readonly string[]>();

  /**
   * @param where names the vocabulary's file in errors
   * @throws SrvauError UNPROCESSABLE for a merge of tokens that the vocabulary lacks, or a byte that it lacks
   */
  constructor(idOfToken: ReadonlyMap<string, number>, merges: readonly (readonly [string, string])[], where: string) {
    const tokenOfId: string[] = [];
    for (const [token, id] of idOfToken) tokenOfId[id] = token;
    this.#tokenOfId = tokenOfId;
    this.#size = tokenOfId.length;
    const idOf = (token: string, field: string): number => {
      const id = idOfToken.get(token);
      if (id === undefined) throw unusable(`${where}: ${field}`, 'a token of the vocabulary', cutText(token));
      return id;
    };
    for (const [byte, char] of BYTE_TO_CHAR.entries())
      this.#idOfChar.set(char, idOf(char, `model.vocab, byte ${byte}`));
    this.#mergedOfRank = Int32Array.from(merges, ([left, right], rank) => {
      const field = `model.merges[${rank}]`;
      const pair = idOf(left, field) * this.#size + idOf(right, field);
      if (!this.#rankOfPair.has(pair)) this.#rankOfPair.set(pair, rank);
      return idOf(left + right, field);
    });
  }

  /** Tokens of a word written in the byte alphabet. */
  merge(word: string): readonly string[] {
    const cached = this.#cache.get(word);
    if (cached !== undefined) return cached;
    const tokens = this.#merge(word);
    if (word.length <= MAX_CACHED_LENGTH) {
      if (this.#cache.size >= MAX_CACHED_WORDS) this.#cache.clear();
      this.#cache.set(word, tokens);
    }
    return tokens;
  }

  #merge(word: string): string[] {
    const n = word.length;
    const ids = new Int32Array(n); // token that begins at a place; GONE where a token on the left has taken it in
    const next = new Int32Array(n); // place of the following token; n behind the last one
    const previous = new Int32Array(n); // place of the token before; GONE before the first one
    const heap = new MinHeap();

    const rankAt = (place: number): number | undefined => {
      const right = next[place] ?? n;
      return right >= n ? undefined : this.#rankOfPair.get((ids[place] ?? 0) * this.#size + (ids[right] ?? 0));
    };
    const consider = (place: number): void => {
      const rank = rankAt(place);
      if (rank !== undefined) heap.push(rank * PLACES + place);
    };

    for (let place = 0; place < n; place++) {
      ids[place] = this.#idOfChar.get(word.charAt(place)) ?? 0;
      next[place] = place + 1;
      previous[place] = place - 1;
    }
    for (let place = 0; place < n - 1; place++) consider(place);

    for (let entry = heap.pop(); entry !== undefined; entry = heap.pop()) {
      const rank = Math.floor(entry / PLACES);
      const place = entry % PLACES;
      // What stood there may have been merged otherwise since.
      if (ids[place] === GONE || rankAt(place) !== rank) continue;
      const right = next[place] ?? n;
      const after = next[right] ?? n;
      ids[place] = this.#mergedOfRank[rank] ?? 0;
      ids[right] = GONE;
      next[place] = after;
      if (after < n) previous[after] = place;
      const before = previous[place] ?? GONE;
      if (before !== GONE) consider(before);
      consider(place);
    }

    const tokens: string[] = [];
    for (let place = 0; place < n; place = next[place] ?? n) tokens.push(this.#tokenOfId[ids[place] ?? 0] ?? '');
    return tokens;
  }
}
