export interface NewToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
}

/** tokenizer.json, with each part whole: Hugging Face's own reader takes nothing less. */
export interface ByteTokenizer {
  version: '1.0';
  normalizer: null;
  pre_tokenizer: object;
  post_processor: null;
  decoder: Record<string, unknown>;
  model: { type: 'BPE'; vocab: Record<string, number>; merges: string[] };
  added_tokens: object[];
}

/** The tokenizer.json of a small model made from nothing: ids 0 to 255 are the bytes, the rest are tokens of your own. */
export function byteTokenizer(added: readonly NewToken[]): ByteTokenizer {
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: true };
  return {
    version: '1.0',
    normalizer: null,
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: { ...byteLevel },
    model: { type: 'BPE', vocab: Object.fromEntries(byteAlphabet().map((token, id) => [token, id])), merges: [] },
    added_tokens: added.map((token) => ({ ...PLAIN, ...token })),
  };
}

const PLAIN = { single_word: false, lstrip: false, rstrip: false, normalized: false };

/** GPT-2's table: what is not printable moves up behind U+00FF. */
function byteAlphabet(): string[] {
  let moved = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const char = String.fromCharCode(byte);
    return /[!-~¡-¬®-ÿ]/.test(char) ? char : String.fromCharCode(moved++);
  });
}
