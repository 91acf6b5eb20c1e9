import { MAX_REJECT_TEXT_CHARS, reflectId, type ReflectRecord, type ReflectReject, SrvauError } from '@srvau/contracts';
import { checkRecord } from './check-record';
import { checkReject } from './check-reject';
import { readRounds, rightAnswer } from './rounds';

/** What is not in a record's transcript. */
export interface RecordParts extends Omit<ReflectRecord, 'id' | 'path' | 'initial' | 'reflection' | 'revised'> {
  /** Of the base model, as it came; null where it was not kept. */
  completion: string | null;
  /** Whether `completion` matches the base model's grammar; null where it was not kept. */
  wellFormed: boolean | null;
}

/**
 * Makes a record of a transcript and what is known beside it. Rounds, path and whether the first answer was right are
 * read from the transcript.
 *
 * Half surrogate pairs, which have no UTF-8, become U+FFFD in what models wrote.
 *
 * @param where names it in messages; by default its id.
 * @throws SrvauError UNPROCESSABLE: the transcript is not well formed or ends in a wrong answer; a field is not what a
 *   record may hold.
 */
export function makeRecord(parts: RecordParts, where = reflectId(parts)): ReflectRecord {
  const { completion, wellFormed, ...known } = parts;
  const id = reflectId(parts);
  const transcript = wellFormedText(parts.transcript);
  const { initial, reflection, revised } = readRounds(transcript, parts.task, `${where}: transcript`);
  if (revised.answer === null) throw noAnswer(where);
  const correct = initial.answer === rightAnswer(parts.truth, parts.task);
  return checkRecord(
    {
      ...known,
      id,
      transcript,
      path: correct ? 'refine' : 'correct',
      initial: { ...initial, completion: completion === null ? null : wellFormedText(completion), wellFormed, correct },
      reflection,
      revised: { ...revised, answer: revised.answer },
    } satisfies ReflectRecord,
    where,
  );
}

/** Makes a line of `rejects.jsonl`; long texts are cut. @throws SrvauError UNPROCESSABLE: a field is not what it may be. */
export function makeReject(parts: Omit<ReflectReject, 'id'>): ReflectReject {
  const id = reflectId(parts);
  const { detail, lastReply } = parts;
  return checkReject(
    { ...parts, id, detail: bounded(detail), lastReply: lastReply === null ? null : bounded(lastReply) },
    id,
  );
}

export const wellFormedText = (text: string): string => text.replace(/\p{Surrogate}/gu, '\ufffd');

/** Not in the middle of a surrogate pair. */
const bounded = (text: string): string => wellFormedText(wellFormedText(text).slice(0, MAX_REJECT_TEXT_CHARS));

function noAnswer(where: string): SrvauError {
  return SrvauError.mismatch('UNPROCESSABLE', `${where}: transcript`, 'a final answer', 'one that names none');
}
