import { ROLLOUT_TASKS } from '../reward/rollout';
import { isRolloutName, ROLLOUT_NAME } from '../reward/rollout-name';
import { describe } from '../validation/describe';
import { type Faults, fieldPath, isFiniteNumber, isNumberPair, spelled } from '../validation/faults';
import { isObject } from '../validation/json';
import { readRow, readRows, refuseOthers } from '../validation/rows';
import type { ErrorCode } from '../wire/errors';
import { MAX_CLASS_CHARS, type PredictionFault, type PredictionRow, type ReferenceRow } from './rows';

/**
 * Readers of references and predictions, from untrusted plain data. By hand, as those of rollouts are: validation by
 * decorators takes some hundred times longer. Unknown fields are refused, nothing is converted, null is absence.
 */

/** @throws SrvauError (`code`) with at most 50 details, whose fields read `references[3].label` */
export function readReferences(value: unknown, what: string, code: ErrorCode = 'INVALID_REQUEST'): ReferenceRow[] {
  return readRows(value, what, 'references', code, checkReference);
}

/** @throws SrvauError (`code`) with at most 50 details, whose fields read `predictions[3].id` */
export function readPredictions(value: unknown, what: string, code: ErrorCode = 'INVALID_REQUEST'): PredictionRow[] {
  return readRows(value, what, 'predictions', code, checkPrediction);
}

/** @param what names the row in messages, e.g. `references.jsonl, line 17` @throws SrvauError (`code`) */
export function readReference(value: unknown, what: string, code: ErrorCode = 'INVALID_REQUEST'): ReferenceRow {
  return readRow(value, what, 'a reference', code, checkReference);
}

/** @param what names the row in messages, e.g. `predictions.jsonl, line 17` @throws SrvauError (`code`) */
export function readPrediction(value: unknown, what: string, code: ErrorCode = 'INVALID_REQUEST'): PredictionRow {
  return readRow(value, what, 'a prediction', code, checkPrediction);
}

/** JSON as Python writes it too, in which NaN and infinities stand bare; they become null. */
export function parseLenientJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (!BARE_NUMBER.test(text)) throw error;
    // Strings are matched as a whole, so that what they say stays.
    return JSON.parse(text.replace(STRING_OR_BARE_NUMBER, (token) => (token.startsWith('"') ? token : 'null')));
  }
}

const BARE_NUMBER = /NaN|Infinity/;
const STRING_OR_BARE_NUMBER = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

const REFERENCE_FIELDS: ReadonlySet<string> = new Set([
  ...['id', 'task', 'label', 'normal', 'spanSec', 'anomalyClass', 'durationSec'],
]);

function checkReference(value: unknown, faults: Faults, at: () => string): ReferenceRow | undefined {
  if (!isObject(value)) {
    faults.add(at(), 'a JSON object', value);
    return undefined;
  }
  const before = faults.size;
  refuseOthers(value, REFERENCE_FIELDS, faults, at);
  const { id, task, label, normal, spanSec, anomalyClass, durationSec } = value as Record<string, unknown>;
  const fault = (field: string, expected: string): void =>
    faults.add(fieldPath(at(), field), expected, value[field], field === 'spanSec' ? spelled : describe);
  if (!isRolloutName(id)) fault('id', ROLLOUT_NAME);
  if (task !== 'qa' && task !== 'tag') fault('task', `one of ${ROLLOUT_TASKS.join(', ')}`);
  const has = (item: unknown): boolean => item !== undefined && item !== null;
  if (has(label) && !isLetter(label)) fault('label', 'one letter from A to Z');
  if (has(normal) && typeof normal !== 'boolean') fault('normal', 'a boolean');
  if (has(spanSec) && !isNumberPair(spanSec)) fault('spanSec', '[start, end], two numbers of seconds');
  if (has(anomalyClass) && !isClassName(anomalyClass)) {
    fault('anomalyClass', `a string of 1 to ${MAX_CLASS_CHARS} characters`);
  }
  if (has(durationSec) && !(isFiniteNumber(durationSec) && durationSec > 0)) fault('durationSec', 'a number above 0');
  if (faults.size > before) return undefined;

  return {
    id: id as string,
    task: task as ReferenceRow['task'],
    label: (label ?? undefined) as string | undefined,
    normal: verdictOf(normal, anomalyClass),
    spanSec: (spanSec ?? undefined) as ReferenceRow['spanSec'],
    anomalyClass: (anomalyClass ?? undefined) as string | undefined,
    durationSec: (durationSec ?? undefined) as number | undefined,
  };
}

const NORMAL = 'normal';

/** The class `Normal` is how the benchmark says it. */
function verdictOf(normal: unknown, anomalyClass: unknown): boolean | undefined {
  if (typeof normal === 'boolean') return normal;
  if (typeof anomalyClass !== 'string') return undefined;
  // The length first, as most classes have another one.
  return anomalyClass.length === NORMAL.length && anomalyClass.toLowerCase() === NORMAL;
}

const PREDICTION_FIELDS: ReadonlySet<string> = new Set(['id', 'completion', 'answer', 'spanSec']);

function checkPrediction(value: unknown, faults: Faults, at: () => string): PredictionRow | undefined {
  if (!isObject(value)) {
    faults.add(at(), 'a JSON object', value);
    return undefined;
  }
  const before = faults.size;
  refuseOthers(value, PREDICTION_FIELDS, faults, at);
  const { id, completion: whole, answer: part, spanSec: pair } = value as Record<string, unknown>;
  if (!isRolloutName(id)) faults.add(fieldPath(at(), 'id'), ROLLOUT_NAME, id);
  const completion = whole ?? undefined;
  const answer = part ?? undefined;
  const spanSec = pair ?? undefined;
  // Which of the two the model meant, nobody could say.
  if (completion !== undefined && (answer !== undefined || spanSec !== undefined)) {
    const field = answer === undefined ? 'spanSec' : 'answer';
    faults.add(fieldPath(at(), field), 'nothing beside completion', value[field]);
  }
  if (faults.size > before) return undefined;

  let fault: PredictionFault | undefined;
  if (spanSec !== undefined && !isNumberPair(spanSec)) fault = 'span-not-two-numbers';
  if (
    (completion !== undefined && typeof completion !== 'string') ||
    (answer !== undefined && typeof answer !== 'string')
  )
    fault = 'text-not-string';
  return {
    id: id as string,
    completion: typeof completion === 'string' ? completion : undefined,
    answer: typeof answer === 'string' ? answer : undefined,
    spanSec: fault === 'span-not-two-numbers' || !isNumberPair(spanSec) ? undefined : spanSec,
    fault,
  };
}

const isLetter = (value: unknown): boolean =>
  typeof value === 'string' && value.length === 1 && value >= 'A' && value <= 'Z';

const isClassName = (value: unknown): boolean =>
  typeof value === 'string' && value.length > 0 && value.length <= MAX_CLASS_CHARS;
