import type { RolloutRow } from '@srvau/contracts';
import type { Grammar, Task } from '@srvau/reasoning';
import { type Rollout, toRollout, type Truth } from '@srvau/reward-sdk';
import { freezeRollout } from './freeze-rollouts';
import { readTranscript, writeTranscript } from './packed-transcript';
import { PieceReader, PieceWriter } from './piece';

/**
 * A batch as bytes, for the way to other processes; packed once for however many, in pieces, so that a receiver works on one
 * while the next is being made.
 *
 * A row goes parsed or as it is, for the receiver to parse: where both ends do half of it at the same time, neither waits.
 * Of a transcript go the offsets; its texts are in the completion.
 */
export class PackedRollouts {
  private readonly pieces: Buffer[] = [];
  /** The first row that is in no piece. */
  private next = 0;

  /** @param parsed what a row says, where it is to go parsed; asked once for each row, in their order */
  constructor(
    private readonly rows: readonly RolloutRow[],
    private readonly parsed: (row: number) => Rollout | undefined,
  ) {}

  *[Symbol.iterator](): Generator<Buffer> {
    for (let i = 0; i < this.pieces.length || this.next < this.rows.length; i += 1) {
      yield (this.pieces[i] ??= this.pack());
    }
  }

  private pack(): Buffer {
    let previous: string | undefined;
    for (let count = 0; count < PIECE_ROWS && writer.size < PIECE_CHARS; count += 1) {
      const row = this.rows[this.next];
      if (row === undefined) break;
      writeRow(row, this.parsed(this.next), row.groupId === previous, writer);
      previous = row.groupId;
      this.next += 1;
    }
    return writer.take();
  }
}

/** What a socket takes without waiting for its reader. */
const PIECE_CHARS = 2 ** 16;
const PIECE_ROWS = 2 ** 10;

const writer = new PieceWriter();

const IS_TAG = 1;
/** That of the row before, which is not written again. */
const SAME_GROUP = 2;
const IS_PARSED = 4;
/** Of a parsed row: what its lengths are counted in. */
const IN_WORDS = 8;
const HAS_TOTAL = 16;
const HAS_FIRST_ROUND = 32;
const HAS_LABEL = 64;
const HAS_NORMAL = 128;
const IS_NORMAL = 256;
const HAS_SPAN = 512;
const HAS_DURATION = 1024;

function writeRow(row: RolloutRow, parsed: Rollout | undefined, isSameGroup: boolean, to: PieceWriter): void {
  const { id, groupId, task, completion, durationSec } = row;
  const { label, normal, spanSec } = row.truth;
  let flags = (task === 'tag' ? IS_TAG : 0) | (isSameGroup ? SAME_GROUP : 0) | lengthFlags(row, parsed);
  if (label !== undefined) flags |= HAS_LABEL;
  if (normal !== undefined) flags |= normal ? HAS_NORMAL | IS_NORMAL : HAS_NORMAL;
  if (spanSec !== undefined) flags |= HAS_SPAN;
  if (durationSec !== undefined) flags |= HAS_DURATION;
  to.int(flags);
  to.text(id);
  if (!isSameGroup) to.text(groupId);
  to.longText(completion);
  writeLengths(row, parsed, to);
  if (label !== undefined) to.text(label);
  if (spanSec !== undefined) {
    to.number(spanSec[0]);
    to.number(spanSec[1]);
  }
  if (durationSec !== undefined) to.number(durationSec);
  if (parsed !== undefined) writeTranscript(parsed.transcript, to);
}

function lengthFlags({ tokens }: RolloutRow, parsed: Rollout | undefined): number {
  if (parsed !== undefined) return IS_PARSED | (parsed.lengths.unit === 'words' ? IN_WORDS : 0);
  if (tokens === undefined) return 0;
  return typeof tokens === 'number' ? HAS_TOTAL : HAS_TOTAL | HAS_FIRST_ROUND;
}

function writeLengths({ tokens }: RolloutRow, parsed: Rollout | undefined, to: PieceWriter): void {
  const lengths = parsed?.lengths ?? tokens;
  if (lengths === undefined) return;
  if (typeof lengths === 'number') return to.int(lengths);
  to.int(lengths.total);
  to.int(lengths.firstRound);
}

/** What the rows of a piece say; frozen deeply, for code that is not ours. The piece may change afterwards. */
export function unpackRollouts(piece: Buffer, grammar: Grammar): Rollout[] {
  const from = new PieceReader(piece);
  const rollouts: Rollout[] = [];
  let groupId = '';
  while (!from.isAtEnd) {
    const flags = from.int();
    const id = from.text();
    if ((flags & SAME_GROUP) === 0) groupId = from.text();
    const rollout =
      (flags & IS_PARSED) === 0
        ? freezeRollout(toRollout(readRow(flags, id, groupId, from), { grammar }))
        : readParsed(flags, id, groupId, grammar, from);
    rollouts.push(rollout);
  }
  return rollouts;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function readRow(flags: number, id: string, groupId: string, from: PieceReader): RolloutRow {
  const completion = from.longText();
  const total = (flags & HAS_TOTAL) === 0 ? 0 : from.int();
  const truth: Mutable<RolloutRow['truth']> = {};
  const row: Mutable<RolloutRow> = { id, groupId, task: taskOf(flags), completion, truth };
  if ((flags & HAS_FIRST_ROUND) !== 0) row.tokens = { total, firstRound: from.int() };
  else if ((flags & HAS_TOTAL) !== 0) row.tokens = total;
  if ((flags & HAS_LABEL) !== 0) truth.label = from.text();
  if ((flags & HAS_NORMAL) !== 0) truth.normal = (flags & IS_NORMAL) !== 0;
  if ((flags & HAS_SPAN) !== 0) truth.spanSec = [from.number(), from.number()];
  if ((flags & HAS_DURATION) !== 0) row.durationSec = from.number();
  return row;
}

const { freeze } = Object;

/** Each part is frozen at once, while it is at hand, in half the time that it takes later. */
function readParsed(flags: number, id: string, groupId: string, grammar: Grammar, from: PieceReader): Rollout {
  const task = taskOf(flags);
  const completion = from.longText();
  const unit = (flags & IN_WORDS) === 0 ? 'tokens' : 'words';
  const lengths = freeze({ total: from.int(), firstRound: from.int(), unit } as const);
  const truth: Mutable<Truth> = {};
  if ((flags & HAS_LABEL) !== 0) truth.label = from.text();
  if ((flags & HAS_NORMAL) !== 0) truth.normal = (flags & IS_NORMAL) !== 0;
  if ((flags & HAS_SPAN) !== 0) truth.span = freeze({ startSec: from.number(), endSec: from.number() });
  freeze(truth);
  const durationSec = (flags & HAS_DURATION) === 0 ? undefined : from.number();
  const transcript = readTranscript(completion, grammar, task, from);
  return durationSec === undefined
    ? freeze({ id, groupId, task, completion, transcript, lengths, truth })
    : freeze({ id, groupId, task, completion, transcript, lengths, truth, durationSec });
}

const taskOf = (flags: number): Task => ((flags & IS_TAG) === 0 ? 'qa' : 'tag');
