import { SrvauError, cutText, describe } from '@srvau/contracts';
import { withinTime } from '../bounded-work';
import { unusable } from '../checkpoint/read-file';
import { bytesOfToken } from './byte-alphabet';
import { type HubTokenizer, makeHubTokenizer } from './hub-tokenizer';
import { newUtf8Decoder, StreamDecoder } from './stream-decoder';
import { type NamedToken, readTokenizerFiles, type TokenizerFiles } from './tokenizer-files';

export interface DecodeOptions {
  /** Leaves special tokens (`<|im_end|>` …) out; false by default. */
  skipSpecialTokens?: boolean;
}

const NO_BYTES = new Uint8Array(0);
/** A hundred times what the slowest text takes. Of the clock, which also runs while others have the processor. */
const ENCODE_TIMEOUT_MS = 10_000;
const ENCODE_TIMEOUT_MS_PER_CHARACTER = 0.1;

/**
 * The byte-level BPE tokenizer of a checkpoint, from the checkpoint's own files; ids are those of transformers.
 *
 * Synchronous and fast (see the README for figures), but a text of 1 MB takes a second: what comes from outside is bounded
 * where it comes in.
 */
export class Tokenizer {
  /** Tokens that end a completion, from generation_config.json, else config.json, else the tokenizer's own end token. */
  readonly eosIds: readonly number[];
  readonly padId: number | undefined;
  /** One more than the largest id. The model's own vocabulary is often larger, padded to a round number. */
  readonly vocabSize: number;
  /** Contents by role, as chat templates know them: `eos_token`, `pad_token` … */
  readonly namedTokens: Readonly<Partial<Record<NamedToken, string>>>;
  readonly #hub: HubTokenizer;
  readonly #specialIds: ReadonlySet<number>;
  readonly #where: string;

  /** @throws SrvauError UNPROCESSABLE for a checkpoint without tokenizer, or one of another kind than byte-level BPE */
  static async load(dir: string): Promise<Tokenizer> {
    return new Tokenizer(await readTokenizerFiles(dir));
  }

  constructor(
    files: TokenizerFiles,
    private readonly timeoutMs = ENCODE_TIMEOUT_MS,
  ) {
    this.#where = files.where;
    this.#hub = makeHubTokenizer(files);
    this.#specialIds = new Set(files.addedTokens.filter(({ special }) => special).map(({ id }) => id));
    this.namedTokens = files.named;
    const ids = [...files.vocab.values(), ...files.addedTokens.map(({ id }) => id)];
    this.vocabSize = 1 + ids.reduce((largest, id) => Math.max(largest, id), -1);
    const { eosIds, padId } = files.generation;
    this.eosIds = eosIds.length > 0 ? eosIds : this.#idsOf('eos_token');
    this.padId = this.#idsOf('pad_token')[0] ?? padId;
  }

  /**
   * Ids of a text. Special tokens written out in it are recognised and nothing is added around it. Lone surrogates count
   * as U+FFFD.
   * @throws SrvauError UNPROCESSABLE where the checkpoint's patterns do not come to an end with this text
   */
  encode(text: string): number[] {
    const timeoutMs = Math.ceil(this.timeoutMs + text.length * ENCODE_TIMEOUT_MS_PER_CHARACTER);
    return withinTime(
      timeoutMs,
      () => this.#hub.encode(text, { add_special_tokens: false }).ids,
      () =>
        unusable(
          this.#where,
          `a tokenizer that splits ${text.length} characters within ${timeoutMs} ms`,
          'one still at work then',
        ),
    );
  }

  /**
   * Text of ids; ids without a token (a model's vocabulary is larger than its tokenizer's) add nothing.
   * @throws SrvauError INVALID_REQUEST for what is no id
   */
  decode(ids: Iterable<number>, options: DecodeOptions = {}): string {
    return newUtf8Decoder().decode(Buffer.concat(Array.from(ids, this.#bytesOf(options))));
  }

  /** For tokens that arrive one by one. */
  streamDecoder(options: DecodeOptions = {}): StreamDecoder {
    return new StreamDecoder(this.#bytesOf(options));
  }

  /**
   * Id of a token by its content, e.g. `<|video_pad|>`.
   * @throws SrvauError UNPROCESSABLE where the checkpoint has no such token
   */
  idOf(token: string): number {
    const id = this.#hub.token_to_id(token);
    if (id === undefined) throw unusable(this.#where, `the token ${cutText(token)}`, 'none of that name');
    return id;
  }

  /** Content of an id; undefined where no token has it. */
  tokenOf(id: number): string | undefined {
    return this.#hub.id_to_token(id);
  }

  isSpecial(id: number): boolean {
    return this.#specialIds.has(id);
  }

  #idsOf(name: NamedToken): number[] {
    const content = this.namedTokens[name];
    return content === undefined ? [] : [this.idOf(content)];
  }

  #bytesOf({ skipSpecialTokens = false }: DecodeOptions): (id: number) => Uint8Array {
    return (id) => {
      if (!Number.isInteger(id) || id < 0) {
        throw SrvauError.mismatch('INVALID_REQUEST', 'token id', 'an integer ≥ 0', describe(id));
      }
      if (skipSpecialTokens && this.#specialIds.has(id)) return NO_BYTES;
      const token = this.#hub.id_to_token(id);
      return token === undefined ? NO_BYTES : bytesOfToken(token);
    };
  }
}
