import { isUtf8 } from 'node:buffer';
import { createReadStream, fstatSync } from 'node:fs';
import { parseJson, readRollout, type RolloutRow, SrvauError } from '@srvau/contracts';
import { fromFileError } from '@srvau/storage';

/** Longest line; a completion of the largest size fits, escaped as JSON may be. */
const MAX_LINE_BYTES = 32 * 2 ** 20;
/** A batch ends after so many rows, or after one that makes it so large. */
const BATCH_ROWS = 512;
const BATCH_CHARS = 4 * 2 ** 20;
/** Of one group, which has to be in memory as a whole. */
const MAX_GROUP_ROWS = 100_000;

export interface RolloutSource {
  /** Names the lines in messages: `rollouts.jsonl:17`. */
  readonly name: string;
  readonly chunks: AsyncIterable<Uint8Array>;
  /** How much of it has been read, from 0 to 1; undefined where nobody knows how long it is. */
  share(): number | undefined;
}

/** @param path absolute, or `-` for standard input */
export function rolloutSource(path: string, stdin: AsyncIterable<Uint8Array>): RolloutSource {
  if (path === '-') return { name: 'standard input', chunks: stdin, share: () => undefined };
  const chunks = createReadStream(path);
  let size = 0;
  chunks.once('open', (fd: number) => {
    const stats = fstatSync(fd);
    // A pipe has no length.
    if (stats.isFile()) size = stats.size;
  });
  // Others may write to it meanwhile, so that more is read than there was.
  return { name: path, chunks, share: () => (size === 0 ? undefined : Math.min(1, chunks.bytesRead / size)) };
}

/**
 * Reads rollouts from JSON lines, a batch at a time, so that files of any length can be scored.
 *
 * @param wholeGroups never tears a group apart; its lines have to stand next to each other. Remembers the name of each
 *   group that it has seen.
 * @throws SrvauError UNPROCESSABLE that names the line, or why the file cannot be read
 */
export async function* rolloutBatches(
  { name, chunks }: Pick<RolloutSource, 'name' | 'chunks'>,
  { wholeGroups }: { readonly wholeGroups: boolean },
): AsyncGenerator<RolloutRow[]> {
  const pending = new PendingBatch(wholeGroups);
  try {
    for await (const { text, number } of lines(name, chunks)) {
      const where = `${name}:${number}`;
      const full = pending.add(readRow(text, where), where);
      if (full !== undefined) yield full;
    }
  } catch (error) {
    // What stood before the fault is scored, except for a group that may be torn by it.
    const rest = pending.takeSound();
    if (rest.length > 0) yield rest;
    throw error;
  }
  const rest = pending.takeAll();
  if (rest.length > 0) yield rest;
}

/** The rows that make the next batch. */
class PendingBatch {
  private rows: RolloutRow[] = [];
  private chars = 0;
  /** Where the last group begins. */
  private groupStart = 0;
  private readonly endedGroups = new Set<string>();

  constructor(private readonly wholeGroups: boolean) {}

  /** @returns the batch that is complete now, without the row */
  add(row: RolloutRow, where: string): RolloutRow[] | undefined {
    const group = this.rows.at(-1)?.groupId;
    const isFull = this.rows.length >= BATCH_ROWS || this.chars >= BATCH_CHARS;
    const full = isFull && !(this.wholeGroups && row.groupId === group) ? this.takeAll() : undefined;
    if (this.wholeGroups) this.noteGroup(row.groupId, group, where);
    this.rows.push(row);
    this.chars += row.completion.length;
    return full;
  }

  takeAll(): RolloutRow[] {
    const { rows } = this;
    this.rows = [];
    this.chars = 0;
    this.groupStart = 0;
    return rows;
  }

  takeSound(): RolloutRow[] {
    const rows = this.takeAll();
    return this.wholeGroups ? rows.filter(({ groupId }) => groupId !== rows.at(-1)?.groupId) : rows;
  }

  private noteGroup(groupId: string, before: string | undefined, where: string): void {
    if (groupId !== before) {
      if (before !== undefined) this.endedGroups.add(before);
      if (this.endedGroups.has(groupId)) throw tornGroup(where, groupId);
      this.groupStart = this.rows.length;
    }
    if (this.rows.length - this.groupStart >= MAX_GROUP_ROWS) throw hugeGroup(where, groupId);
  }
}

function readRow(text: string, where: string): RolloutRow {
  return readRollout(parseJson(text, where, 'UNPROCESSABLE'), where, 'UNPROCESSABLE');
}

interface Line {
  readonly text: string;
  /** From 1; blank lines count, but are passed over. */
  readonly number: number;
}

async function* lines(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let number = 0;
  let pieces: Uint8Array[] = [];
  let pieceBytes = 0;
  const take = (last: Uint8Array): Line | undefined => {
    const bytes = Buffer.concat([...pieces, last]);
    pieces = [];
    pieceBytes = 0;
    number += 1;
    const text = decode(bytes, `${name}:${number}`);
    const line = number === 1 && text.startsWith('\ufeff') ? text.slice(1) : text;
    return line.trim() === '' ? undefined : { text: line, number };
  };
  for await (const chunk of readable(name, chunks)) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, from)) {
      const line = take(chunk.subarray(from, end));
      if (line !== undefined) yield line;
      from = end + 1;
    }
    if (from === chunk.length) continue;
    pieces.push(chunk.subarray(from));
    pieceBytes += chunk.length - from;
    if (pieceBytes > MAX_LINE_BYTES) {
      const where = `${name}:${number + 1}`;
      throw SrvauError.mismatch('UNPROCESSABLE', where, `at most ${MAX_LINE_BYTES} bytes in a line`, 'more');
    }
  }
  const line = take(new Uint8Array());
  if (line !== undefined) yield line;
}

const LINE_FEED = 10;

/**
 * Replacement characters in place of what is no UTF-8 would be scored as if the policy had written them.
 * @throws SrvauError UNPROCESSABLE that names the first wrong byte
 */
function decode(bytes: Buffer, where: string): string {
  const text = bytes.toString('utf8');
  if (isUtf8(bytes)) return text;
  // Both agree up to the first byte that was put in place of another.
  const again = Buffer.from(text, 'utf8');
  const at = bytes.findIndex((byte, i) => byte !== again[i]);
  const received =
    at < 0 ? 'a character that is cut off' : `0x${bytes.toString('hex', at, at + 1)} as byte ${at + 1} of the line`;
  throw SrvauError.mismatch('UNPROCESSABLE', where, 'text in UTF-8', received);
}

async function* readable(name: string, chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw fromFileError(error, name);
  }
}

function tornGroup(where: string, groupId: string): SrvauError {
  const expected = 'the lines of a group next to each other, as a plugin here scores groups as a whole';
  return SrvauError.mismatch('UNPROCESSABLE', where, expected, `group ${JSON.stringify(groupId)} once more`);
}

function hugeGroup(where: string, groupId: string): SrvauError {
  const expected = `at most ${MAX_GROUP_ROWS} lines in group ${JSON.stringify(groupId)}`;
  return SrvauError.mismatch('UNPROCESSABLE', where, expected, 'one more');
}
