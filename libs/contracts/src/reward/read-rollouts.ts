import { describe } from '../validation/describe';
import { cutName, type Faults, fieldPath, isFiniteNumber, isNumberPair, spelled } from '../validation/faults';
import { isObject } from '../validation/json';
import { readRow, readRows, refuseOthers } from '../validation/rows';
import type { ErrorCode } from '../wire/errors';
import { MAX_COMPLETION_CHARS, MAX_TOKENS, ROLLOUT_TASKS, type RolloutTask } from './rollout';
import { isRolloutName, ROLLOUT_NAME } from './rollout-name';

/** What is known to be right; see TruthDto. */
export interface TruthRow {
  readonly label?: string;
  readonly normal?: boolean;
  readonly spanSec?: readonly [startSec: number, endSec: number];
}

/** A rollout in its wire form, checked: plain data with these fields and no others; see RolloutDto. */
export interface RolloutRow {
  readonly id: string;
  readonly groupId: string;
  readonly task: RolloutTask;
  readonly completion: string;
  readonly tokens?: number | { readonly total: number; readonly firstRound: number };
  readonly truth: TruthRow;
  readonly durationSec?: number;
}

/**
 * Reads a batch of rollouts from untrusted plain data. Same rules and same errors as `parseDto`: unknown fields are
 * refused, nothing is converted, null in an optional field is its absence. Written by hand because class-validator
 * takes about 30 µs a row, a third of a second for a batch of 10,000, in which a service does nothing else.
 *
 * @param what names the array in messages, e.g. `rollouts`
 * @throws SrvauError (`code`) with at most 50 details, whose fields read `rollouts[3].truth.label`
 */
export function readRollouts(value: unknown, what: string, code: ErrorCode = 'INVALID_REQUEST'): RolloutRow[] {
  return readRows(value, what, 'rollouts', code, checkRollout);
}

/**
 * Reads one rollout.
 * @param what names it in messages, e.g. `rollouts.jsonl:17`
 * @throws SrvauError (`code`)
 */
export function readRollout(value: unknown, what: string, code: ErrorCode = 'INVALID_REQUEST'): RolloutRow {
  return readRow(value, what, 'a rollout', code, checkRollout);
}

/** @returns undefined where there was a fault */
function checkRollout(value: unknown, faults: Faults, at: () => string): RolloutRow | undefined {
  if (!isObject(value)) {
    faults.add(at(), 'a JSON object', value);
    return undefined;
  }
  const before = faults.size;
  const fault = (field: string, expected: string): void => faults.add(fieldPath(at(), field), expected, value[field]);
  refuseOthers(value, FIELDS, faults, at);
  const { id, groupId, task, completion, durationSec } = value as { [field in keyof RolloutRow]?: unknown };
  if (!isRolloutName(id)) fault('id', ROLLOUT_NAME);
  if (!isRolloutName(groupId)) fault('groupId', ROLLOUT_NAME);
  if (task !== 'qa' && task !== 'tag') fault('task', `one of ${ROLLOUT_TASKS.join(', ')}`);
  if (typeof completion !== 'string') fault('completion', 'a string');
  else if (completion.length > MAX_COMPLETION_CHARS) {
    faults.add(fieldPath(at(), 'completion'), `at most ${MAX_COMPLETION_CHARS} characters`, completion.length, String);
  }
  const tokens = readTokens(value['tokens'] ?? undefined, faults, at);
  const truth = readTruth(value['truth'], faults, at);
  const hasDuration = (durationSec ?? undefined) !== undefined;
  if (hasDuration && !(isFiniteNumber(durationSec) && durationSec > 0)) fault('durationSec', 'a number above 0');
  if (faults.size > before) return undefined;

  // One shape for all rows of a kind keeps what reads them fast; absent fields stay absent.
  const row = { id, groupId, task, completion, truth } as Record<string, unknown>;
  if (tokens !== undefined) row['tokens'] = tokens;
  if (hasDuration) row['durationSec'] = durationSec;
  return row as unknown as RolloutRow;
}

const FIELDS: ReadonlySet<string> = new Set([
  ...['id', 'groupId', 'task', 'completion', 'tokens', 'truth', 'durationSec'],
]);

function readTokens(value: unknown, faults: Faults, at: () => string): RolloutRow['tokens'] {
  if (value === undefined) return undefined;
  if (typeof value === 'number') {
    if (isCount(value)) return value;
    faults.add(fieldPath(at(), 'tokens'), `a whole number from 0 to ${MAX_TOKENS}`, value);
    return undefined;
  }
  const where = fieldPath(at(), 'tokens');
  if (!isObject(value)) {
    faults.add(where, 'a whole number or {total, firstRound}', value);
    return undefined;
  }
  const before = faults.size;
  refuseOthers(value, TOKEN_FIELDS, faults, () => where);
  const { total, firstRound } = value as { total?: unknown; firstRound?: unknown };
  if (!isCount(total)) faults.add(`${where}.total`, `a whole number from 0 to ${MAX_TOKENS}`, total);
  if (!isCount(firstRound)) faults.add(`${where}.firstRound`, `a whole number from 0 to ${MAX_TOKENS}`, firstRound);
  if (faults.size > before) return undefined;
  const counts = { total: total as number, firstRound: firstRound as number };
  if (counts.firstRound <= counts.total) return counts;
  faults.add(`${where}.firstRound`, `at most total (${counts.total})`, firstRound);
  return undefined;
}

const TOKEN_FIELDS: ReadonlySet<string> = new Set(['total', 'firstRound']);

function readTruth(value: unknown, faults: Faults, at: () => string): TruthRow {
  if (!isObject(value)) {
    faults.add(fieldPath(at(), 'truth'), 'an object', value);
    return {};
  }
  const truth: { label?: string; normal?: boolean; spanSec?: readonly [number, number] } = {};
  for (const field in value) {
    if (!Object.hasOwn(value, field)) continue;
    const item = value[field];
    const isKnown = TRUTH_FIELDS.has(field);
    if (isKnown && item === null) continue;
    if (field === 'label' && typeof item === 'string' && /^[A-Z]$/.test(item)) truth.label = item;
    else if (field === 'normal' && typeof item === 'boolean') truth.normal = item;
    else if (field === 'spanSec' && isNumberPair(item)) truth.spanSec = [item[0], item[1]];
    else if (item !== undefined || !isKnown) {
      const where = fieldPath(fieldPath(at(), 'truth'), cutName(field));
      faults.add(where, TRUTH_FIELDS.get(field) ?? 'no such field', item, field === 'spanSec' ? spelled : describe);
    }
  }
  return truth;
}

const TRUTH_FIELDS: ReadonlyMap<string, string> = new Map([
  ['label', 'one letter from A to Z'],
  ['normal', 'a boolean'],
  ['spanSec', '[start, end], two numbers of seconds'],
]);

const isCount = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= MAX_TOKENS;
