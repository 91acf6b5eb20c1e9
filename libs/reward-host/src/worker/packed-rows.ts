import type { RolloutRow } from '@srvau/contracts';

/**
 * Rows as columns, for the way between threads. Cloning an object costs by the field, its name each time; as columns the
 * clone of a batch takes less than half of the time: about a third of what parsing the completions takes.
 */
export interface PackedRows {
  readonly ids: readonly string[];
  /** Each group once. */
  readonly groups: readonly string[];
  /** (rows) of `groups`. */
  readonly groupOf: Uint32Array;
  readonly completions: readonly string[];
  /** null: none. */
  readonly labels: readonly (string | null)[];
  /** (rows) what there is, and the fields that are bits themselves. */
  readonly flags: Uint8Array;
  /** (rows, NUMBERS) start and end of the span, tokens in all and of the first round, duration. */
  readonly numbers: Float64Array;
}

const NUMBERS = 5;
const IS_TAG = 1;
const HAS_NORMAL = 2;
const IS_NORMAL = 4;
const HAS_SPAN = 8;
const HAS_TOTAL = 16;
const HAS_FIRST_ROUND = 32;
const HAS_DURATION = 64;

export function packRows(rows: readonly RolloutRow[]): PackedRows {
  const size = rows.length;
  const ids = new Array<string>(size);
  const completions = new Array<string>(size);
  const labels = new Array<string | null>(size);
  const groups: string[] = [];
  const groupOf = new Uint32Array(size);
  const flags = new Uint8Array(size);
  const numbers = new Float64Array(size * NUMBERS);
  const numberOf = new Map<string, number>();
  for (const [i, { id, groupId, task, completion, tokens, truth, durationSec }] of rows.entries()) {
    let group = numberOf.get(groupId);
    if (group === undefined) {
      group = groups.push(groupId) - 1;
      numberOf.set(groupId, group);
    }
    ids[i] = id;
    groupOf[i] = group;
    completions[i] = completion;
    labels[i] = truth.label ?? null;
    const at = i * NUMBERS;
    let flag = task === 'tag' ? IS_TAG : 0;
    if (truth.normal !== undefined) flag |= truth.normal ? HAS_NORMAL | IS_NORMAL : HAS_NORMAL;
    if (truth.spanSec !== undefined) {
      flag |= HAS_SPAN;
      numbers.set(truth.spanSec, at);
    }
    if (typeof tokens === 'number') {
      flag |= HAS_TOTAL;
      numbers[at + 2] = tokens;
    } else if (tokens !== undefined) {
      flag |= HAS_TOTAL | HAS_FIRST_ROUND;
      numbers[at + 2] = tokens.total;
      numbers[at + 3] = tokens.firstRound;
    }
    if (durationSec !== undefined) {
      flag |= HAS_DURATION;
      numbers[at + 4] = durationSec;
    }
    flags[i] = flag;
  }
  return { ids, groups, groupOf, completions, labels, flags, numbers };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Equal rows, made anew. */
export function unpackRows({ ids, groups, groupOf, completions, labels, flags, numbers }: PackedRows): RolloutRow[] {
  return ids.map((id, i) => {
    const flag = flags[i] ?? 0;
    const number = (column: number): number => numbers[i * NUMBERS + column] ?? NaN;
    const truth: Mutable<RolloutRow['truth']> = {};
    const label = labels[i] ?? null;
    if (label !== null) truth.label = label;
    if ((flag & HAS_NORMAL) !== 0) truth.normal = (flag & IS_NORMAL) !== 0;
    if ((flag & HAS_SPAN) !== 0) truth.spanSec = [number(0), number(1)];
    const row: Mutable<RolloutRow> = {
      id,
      groupId: groups[groupOf[i] ?? 0] ?? '',
      task: (flag & IS_TAG) !== 0 ? 'tag' : 'qa',
      completion: completions[i] ?? '',
      truth,
    };
    if ((flag & HAS_FIRST_ROUND) !== 0) row.tokens = { total: number(2), firstRound: number(3) };
    else if ((flag & HAS_TOTAL) !== 0) row.tokens = number(2);
    if ((flag & HAS_DURATION) !== 0) row.durationSec = number(4);
    return row;
  });
}
