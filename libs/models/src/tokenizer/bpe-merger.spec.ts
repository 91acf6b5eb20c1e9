import fc from 'fast-check';
import { BpeMerger } from './bpe-merger';
import { BYTE_TO_CHAR } from './byte-alphabet';

/** The definition, in quadratic time: again and again the leftmost pair of the lowest rank. */
function mergeByDefinition(word: string, merges: readonly (readonly [string, string])[]): string[] {
  const tokens = [...word];
  for (;;) {
    const ranks = tokens
      .slice(1)
      .map((right, i) => merges.findIndex((pair) => pair[0] === tokens[i] && pair[1] === right));
    const best = Math.min(...ranks.filter((rank) => rank >= 0));
    const at = ranks.indexOf(best);
    if (at < 0) return tokens;
    tokens.splice(at, 2, `${tokens[at]}${tokens[at + 1]}`);
  }
}

describe('BpeMerger', () => {
  it('merges any word by any vocabulary as defined', () => {
    // Pairs of earlier tokens, as training makes them; few letters, so that merges meet and overlap.
    const picks = fc.array(fc.tuple(fc.nat(), fc.nat()), { minLength: 1, maxLength: 12 });
    const words = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 40 });
    fc.assert(
      fc.property(picks, words, (pairs, letters) => {
        const tokens = ['a', 'b', 'c'];
        const merges = pairs.map(([left, right]): [string, string] => {
          const pair: [string, string] = [tokens[left % tokens.length] ?? '', tokens[right % tokens.length] ?? ''];
          if (!tokens.includes(pair.join(''))) tokens.push(pair.join(''));
          return pair;
        });
        const vocab = new Map([...new Set([...BYTE_TO_CHAR, ...tokens])].map((token, id) => [token, id]));
        const word = letters.join('');
        expect(new BpeMerger(vocab, merges, 'x').merge(word)).toEqual(mergeByDefinition(word, merges));
      }),
      { numRuns: 300 },
    );
  });
});

describe('the byte alphabet', () => {
  it('has one printable character a byte, as GPT-2 laid them out', () => {
    expect(new Set(BYTE_TO_CHAR).size).toBe(256);
    expect([0x00, 0x0a, 0x20, 0x21, 0x7f, 0xa0, 0xad, 0xff].map((byte) => BYTE_TO_CHAR[byte])).toEqual([...'ĀĊĠ!ġłŃÿ']);
  });
});
