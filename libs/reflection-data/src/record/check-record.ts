import {
  DATASET_SOURCES,
  type FieldCheck,
  fieldCheck,
  listOf,
  oneOf,
  orNull,
  REFLECT_PATHS,
  REFLECT_SPLITS,
  reflectId,
  type ReflectInitial,
  type ReflectRecord,
  type ReflectRound,
  ROLLOUT_TASKS,
  wrongField,
} from '@srvau/contracts';
import { checkExactly } from './check-exactly';
import { checkProvenance } from './check-provenance';
import { checkTruth } from './check-truth';
import { readRounds, rightAnswer, type TranscriptRounds } from './rounds';

const { unicode, flag, finite, seconds, count, object } = fieldCheck;
const span: FieldCheck = orNull(listOf(2, finite));

const RECORD: Readonly<Record<keyof ReflectRecord, FieldCheck>> = {
  id: unicode,
  rowId: unicode,
  task: oneOf(ROLLOUT_TASKS),
  sample: count,
  split: oneOf(REFLECT_SPLITS),
  source: oneOf(DATASET_SOURCES),
  video: unicode,
  videoUri: orNull(unicode),
  videoKey: orNull(unicode),
  durationSec: orNull(seconds),
  question: orNull(unicode),
  options: orNull(['2 to 26 texts', areOptions]),
  correctOption: orNull(['a letter from A to Z', (value) => typeof value === 'string' && /^[A-Z]$/.test(value)]),
  truth: object,
  anomalyClass: orNull(unicode),
  path: oneOf(REFLECT_PATHS),
  initial: object,
  reflection: unicode,
  revised: object,
  transcript: unicode,
  provenance: object,
};

const INITIAL: Readonly<Record<keyof ReflectInitial, FieldCheck>> = {
  reasoning: unicode,
  answer: orNull(unicode),
  spanSec: span,
  completion: orNull(unicode),
  wellFormed: orNull(flag),
  correct: flag,
};

const REVISED: Readonly<Record<keyof ReflectRound, FieldCheck>> = {
  reasoning: unicode,
  answer: unicode,
  spanSec: span,
};

/**
 * Types a record, in its form and in what it says: the transcript is well formed, its rounds are those of the other
 * fields, and its final answer is the truth's.
 *
 * @param where names it in messages, e.g. `records.jsonl, line 7`.
 * @returns a copy with the fields in the order in which they are written.
 * @throws SrvauError UNPROCESSABLE with the first wrong field.
 */
export function checkRecord(value: unknown, where: string): ReflectRecord {
  const record = checkExactly<ReflectRecord>(value, RECORD, where);
  const initial = checkExactly<ReflectInitial>(record.initial, INITIAL, where, 'initial.');
  const revised = checkExactly<ReflectRound>(record.revised, REVISED, where, 'revised.');
  if (record.id !== reflectId(record)) throw wrongField(where, 'id', reflectId(record), record.id);
  const truth = checkTruth(record, where);
  const provenance = checkProvenance(record.provenance, where);

  const rounds = readRounds(record.transcript, record.task, `${where}: transcript`);
  requireRound('initial', initial, rounds.initial, where);
  if (record.reflection !== rounds.reflection) {
    throw wrongField(where, 'reflection', 'the text of the transcript', record.reflection);
  }
  requireRound('revised', revised, rounds.revised, where);
  const right = rightAnswer(truth, record.task);
  if (revised.answer !== right) throw wrongField(where, 'revised.answer', `the right one, ${right}`, revised.answer);
  if (right === 'Anomaly' && record.task === 'tag' && revised.spanSec === null) {
    throw wrongField(where, 'revised.spanSec', 'the times of the anomaly', null);
  }
  const correct = initial.answer === right;
  if (initial.correct !== correct) throw wrongField(where, 'initial.correct', String(correct), initial.correct);
  const path = correct ? 'refine' : 'correct';
  if (record.path !== path) throw wrongField(where, 'path', path, record.path);

  return { ...record, truth, initial, revised, provenance };
}

function requireRound(
  name: 'initial' | 'revised',
  round: Pick<ReflectInitial, 'reasoning' | 'answer' | 'spanSec'>,
  read: TranscriptRounds['initial'],
  where: string,
): void {
  for (const field of ['reasoning', 'answer'] as const) {
    if (round[field] === read[field]) continue;
    throw wrongField(where, `${name}.${field}`, 'what the transcript says', round[field]);
  }
  if (String(round.spanSec) === String(read.spanSec)) return;
  const expected = read.spanSec === null ? 'null' : `[${read.spanSec.join(', ')}]`;
  throw wrongField(where, `${name}.spanSec`, `${expected}, as in the transcript`, round.spanSec);
}

function areOptions(value: unknown): boolean {
  return Array.isArray(value) && value.length >= 2 && value.length <= 26 && value.every(unicode[1]);
}
