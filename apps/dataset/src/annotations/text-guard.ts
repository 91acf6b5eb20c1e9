import { isUtf8 } from 'node:buffer';
import { SrvauError } from '@srvau/contracts';

const NEWLINE = 0x0a;
const SNIFF_BYTES = 4096;

export interface TextLimits {
  /** Size of the whole file. */
  maxBytes: number;
  /** Size of one line, and of one record. */
  maxRecordBytes: number;
}

/** A record of VAU-Bench takes about 4 kB; these bounds leave room for files a thousand times as large. */
export const DEFAULT_TEXT_LIMITS: TextLimits = { maxBytes: 2 ** 30, maxRecordBytes: 2 ** 20 };

/** Whole lines of UTF-8 text, several at a time; only the last piece may lack its newline. */
export interface TextPiece {
  /** 1-based number of the first line. */
  line: number;
  bytes: Buffer;
}

/**
 * Passes on a stream of bytes in pieces of whole lines, after having made sure that they are UTF-8 text of bounded size.
 * A byte order mark is removed. Memory: one piece and the rest of one line.
 *
 * @param name names the file in messages.
 * @throws SrvauError UNPROCESSABLE for bytes that are not UTF-8 text, PAYLOAD_TOO_LARGE beyond a limit.
 */
export async function* guardText(
  source: AsyncIterable<Uint8Array>,
  name: string,
  limits: TextLimits = DEFAULT_TEXT_LIMITS,
): AsyncGenerator<TextPiece> {
  let rest: Buffer = Buffer.alloc(0);
  let line = 1;
  let total = 0;
  let head: Buffer | undefined = Buffer.alloc(0);

  for await (const chunk of source) {
    total += chunk.byteLength;
    if (total > limits.maxBytes)
      throw tooLarge(name, 'the file', limits.maxBytes, `more than ${limits.maxBytes} bytes`);
    let bytes: Buffer = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (head !== undefined) {
      // The first bytes may come in small chunks; they are judged together.
      head = Buffer.concat([head, bytes]);
      if (head.length < SNIFF_BYTES) continue;
      bytes = withoutMark(head, name);
      head = undefined;
    }
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    const end = rest.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      const piece = { line, bytes: rest.subarray(0, end) };
      assertText(piece, name);
      yield piece;
      line += countNewlines(piece.bytes);
      rest = rest.subarray(end);
    }
    if (rest.length > limits.maxRecordBytes) {
      throw tooLarge(name, `line ${line}`, limits.maxRecordBytes, `more than ${limits.maxRecordBytes} bytes`);
    }
  }
  if (head !== undefined) rest = withoutMark(head, name);
  if (rest.length === 0) return;
  const last = { line, bytes: rest };
  assertText(last, name);
  yield last;
}

/** Newlines are single bytes that never occur inside a UTF-8 sequence, so pieces that end on one can be judged alone. */
function assertText(piece: TextPiece, name: string): void {
  const nul = piece.bytes.indexOf(0);
  if (nul < 0 && isUtf8(piece.bytes)) return;
  let line = piece.line;
  for (let start = 0; start < piece.bytes.length; line += 1) {
    const newline = piece.bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? piece.bytes.length : newline + 1;
    const bytes = piece.bytes.subarray(start, end);
    if (bytes.includes(0)) throw notText(name, `line ${line}`, 'a NUL byte');
    if (!isUtf8(bytes)) throw notText(name, `line ${line}`, 'bytes that are not valid UTF-8');
    start = end;
  }
}

/** Signatures of files that people hand over by mistake. */
const FOREIGN: readonly (readonly [signature: string, what: string])[] = [
  ['fffe', 'UTF-16 text'],
  ['feff', 'UTF-16 text'],
  ['504b0304', 'a ZIP archive (a spreadsheet is one, too)'],
  ['1f8b', 'gzip-compressed data'],
  ['28b52ffd', 'Zstandard-compressed data'],
  ['25504446', 'a PDF document'],
  ['50415231', 'a Parquet file'],
  ['52494646', 'a RIFF file, such as an AVI video'],
  ['1a45dfa3', 'a Matroska video'],
  ['d0cf11e0', 'an old Office document'],
  ['7f454c46', 'a program'],
];

function withoutMark(head: Buffer, name: string): Buffer {
  const hex = head.subarray(0, 4).toString('hex');
  const foreign = FOREIGN.find(([signature]) => hex.startsWith(signature));
  if (foreign !== undefined) throw notText(name, 'the first bytes', foreign[1]);
  if (head.subarray(4, 8).toString('latin1') === 'ftyp') throw notText(name, 'the first bytes', 'an MP4 video');
  return hex.startsWith('efbbbf') ? head.subarray(3) : head;
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}

function notText(name: string, field: string, received: string): SrvauError {
  const expected = 'UTF-8 text';
  return new SrvauError('UNPROCESSABLE', `${name}: expected ${expected}, received ${received} (${field})`, {
    details: [{ field, expected, received }],
  });
}

function tooLarge(name: string, field: string, limit: number, received: string): SrvauError {
  const expected = `at most ${limit} bytes`;
  return new SrvauError('PAYLOAD_TOO_LARGE', `${name}: expected ${expected} for ${field}, received ${received}`, {
    details: [{ field, expected, received }],
  });
}
