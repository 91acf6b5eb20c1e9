import { TextDecoder } from 'node:util';

/**
 * Decodes tokens one at a time. A character whose bytes are spread over several tokens is held back until it is whole,
 * so the pieces, joined, equal the decoding of all tokens at once.
 */
export class StreamDecoder {
  readonly #utf8 = newUtf8Decoder();

  /** @param bytesOf the bytes that a token adds to the text; none for one that is not shown */
  constructor(private readonly bytesOf: (id: number) => Uint8Array) {}

  /** The characters that this token completes, often none or several. */
  push(id: number): string {
    return this.#utf8.decode(this.bytesOf(id), { stream: true });
  }

  /** What is left: U+FFFD where the last character never became whole. The decoder is fresh afterwards. */
  end(): string {
    return this.#utf8.decode();
  }
}

/** Bytes that are no UTF-8 become U+FFFD; U+FEFF at the start is text like any other. */
export function newUtf8Decoder(): TextDecoder {
  return new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });
}
