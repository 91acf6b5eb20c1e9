import type { RolloutRow } from '@srvau/contracts';

/**
 * Rows as bytes, for the way to other processes: of each row a head of fixed length, then all texts in one. A structured
 * clone of the same rows takes several times as long.
 *
 * Packed once for however many processes, in pieces, so that a receiver can read one while the next is being packed.
 */
export class PackedRows {
  private readonly pieces: Buffer[] = [];
  /** The first row that is in no piece. */
  private next = 0;

  constructor(private readonly rows: readonly RolloutRow[]) {}

  *[Symbol.iterator](): Generator<Buffer> {
    for (let i = 0; i < this.pieces.length || this.next < this.rows.length; i += 1) {
      yield (this.pieces[i] ??= this.pack());
    }
  }

  private pack(): Buffer {
    const texts: string[] = [];
    let count = 0;
    let chars = 0;
    let previous: string | undefined;
    for (let row = this.rows[this.next]; row !== undefined; row = this.rows[this.next + count]) {
      if (chars >= PIECE_CHARS || count >= PIECE_ROWS) break;
      chars += writeHead(row, count * HEAD_BYTES, row.groupId === previous, texts);
      previous = row.groupId;
      count += 1;
    }
    this.next += count;
    return pieceOf(count, texts, chars);
  }
}

/** What a socket takes without waiting for its reader. */
const PIECE_CHARS = 2 ** 16;
const PIECE_ROWS = 2 ** 10;

// A piece starts with its number of rows, and whether its text is ASCII.
const START_BYTES = 8;

// A head: the lengths of four texts, flags, five numbers.
const ID_AT = 0;
const GROUP_AT = 4;
const COMPLETION_AT = 8;
const LABEL_AT = 12;
const FLAGS_AT = 16;
const SPAN_AT = 24;
const TOTAL_AT = 40;
const FIRST_ROUND_AT = 48;
const DURATION_AT = 56;
const HEAD_BYTES = 64;

const IS_TAG = 1;
const HAS_NORMAL = 2;
const IS_NORMAL = 4;
const HAS_SPAN = 8;
const HAS_TOTAL = 16;
const HAS_FIRST_ROUND = 32;
const HAS_DURATION = 64;
const HAS_LABEL = 128;
/** That of the row before, which is not written again. */
const SAME_GROUP = 256;

/** Written into for each piece, and copied from. */
const heads = Buffer.alloc(PIECE_ROWS * HEAD_BYTES);
const view = viewOf(heads);

/** @returns how many characters were added to `texts` */
function writeHead(row: RolloutRow, at: number, isSameGroup: boolean, texts: string[]): number {
  const { id, groupId, task, completion, tokens, truth, durationSec } = row;
  const { label, normal, spanSec } = truth;
  const group = isSameGroup ? '' : groupId;
  texts.push(id);
  if (!isSameGroup) texts.push(group);
  texts.push(completion);
  if (label !== undefined) texts.push(label);
  view.setUint32(at + ID_AT, id.length);
  view.setUint32(at + GROUP_AT, group.length);
  view.setUint32(at + COMPLETION_AT, completion.length);
  view.setUint32(at + LABEL_AT, label?.length ?? 0);

  let flags = (task === 'tag' ? IS_TAG : 0) | (isSameGroup ? SAME_GROUP : 0) | (label === undefined ? 0 : HAS_LABEL);
  if (normal !== undefined) flags |= normal ? HAS_NORMAL | IS_NORMAL : HAS_NORMAL;
  if (spanSec !== undefined) flags |= HAS_SPAN;
  if (tokens !== undefined) flags |= typeof tokens === 'number' ? HAS_TOTAL : HAS_FIRST_ROUND;
  if (durationSec !== undefined) flags |= HAS_DURATION;
  view.setUint32(at + FLAGS_AT, flags);

  view.setFloat64(at + SPAN_AT, spanSec?.[0] ?? 0);
  view.setFloat64(at + SPAN_AT + 8, spanSec?.[1] ?? 0);
  view.setFloat64(at + TOTAL_AT, typeof tokens === 'number' ? tokens : (tokens?.total ?? 0));
  view.setFloat64(at + FIRST_ROUND_AT, typeof tokens === 'number' ? 0 : (tokens?.firstRound ?? 0));
  view.setFloat64(at + DURATION_AT, durationSec ?? 0);
  return id.length + group.length + completion.length + (label?.length ?? 0);
}

/** ASCII goes as bytes, all else as UTF-16, which carries any string, lone surrogates too. */
function pieceOf(count: number, texts: readonly string[], chars: number): Buffer {
  const isAscii = texts.every((text) => Buffer.byteLength(text) === text.length);
  const encoding = isAscii ? 'latin1' : 'utf16le';
  let at = START_BYTES + count * HEAD_BYTES;
  const piece = Buffer.allocUnsafeSlow(at + (isAscii ? chars : 2 * chars));
  piece.writeUInt32BE(count, 0);
  piece.writeUInt32BE(isAscii ? 1 : 0, 4);
  heads.copy(piece, START_BYTES, 0, at - START_BYTES);
  for (const text of texts) at += piece.write(text, at, encoding);
  return piece;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Rows equal to those of a piece, which may change afterwards. */
export function unpackRows(piece: Buffer): RolloutRow[] {
  const from = viewOf(piece);
  const count = from.getUint32(0);
  const textAt = START_BYTES + count * HEAD_BYTES;
  // Texts are slices of one string: they are not copied again.
  const text = piece.toString(from.getUint32(4) === 1 ? 'latin1' : 'utf16le', textAt);
  let at = 0;
  let groupId = '';
  return Array.from({ length: count }, (_, i) => {
    const head = START_BYTES + i * HEAD_BYTES;
    const next = (lengthAt: number): string => text.slice(at, (at += from.getUint32(head + lengthAt)));
    const number = (numberAt: number): number => from.getFloat64(head + numberAt);
    const flags = from.getUint32(head + FLAGS_AT);
    const has = (flag: number): boolean => (flags & flag) !== 0;

    const id = next(ID_AT);
    const group = next(GROUP_AT);
    if (!has(SAME_GROUP)) groupId = group;
    const completion = next(COMPLETION_AT);
    const label = next(LABEL_AT);
    const truth: Mutable<RolloutRow['truth']> = {};
    if (has(HAS_LABEL)) truth.label = label;
    if (has(HAS_NORMAL)) truth.normal = has(IS_NORMAL);
    if (has(HAS_SPAN)) truth.spanSec = [number(SPAN_AT), number(SPAN_AT + 8)];
    const row: Mutable<RolloutRow> = { id, groupId, task: has(IS_TAG) ? 'tag' : 'qa', completion, truth };
    if (has(HAS_TOTAL)) row.tokens = number(TOTAL_AT);
    if (has(HAS_FIRST_ROUND)) row.tokens = { total: number(TOTAL_AT), firstRound: number(FIRST_ROUND_AT) };
    if (has(HAS_DURATION)) row.durationSec = number(DURATION_AT);
    return row;
  });
}

function viewOf(buffer: Buffer): DataView {
  return new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}
