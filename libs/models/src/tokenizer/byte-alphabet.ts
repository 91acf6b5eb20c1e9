/**
 * Byte-level BPE writes each of the 256 bytes as one printable character: printable Latin-1 stands for itself, the 68
 * others (controls, space, DEL, soft hyphen …) for U+0100 upwards in order.
 */
export const BYTE_TO_CHAR: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte).map((byte, _, bytes) => {
  if (isPrintable(byte)) return String.fromCharCode(byte);
  return String.fromCharCode(256 + bytes.slice(0, byte).filter((lower) => !isPrintable(lower)).length);
});

const CHAR_TO_BYTE: ReadonlyMap<string, number> = new Map(BYTE_TO_CHAR.map((char, byte) => [char, byte]));

function isPrintable(byte: number): boolean {
  return (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
}

/** Bytes that a token of the vocabulary stands for. Text outside the alphabet (an added token's) stands for its UTF-8. */
export function bytesOfToken(token: string): Uint8Array {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = CHAR_TO_BYTE.get(token.charAt(i));
    if (byte === undefined) return new TextEncoder().encode(token);
    bytes[i] = byte;
  }
  return bytes;
}
