import {
  checkFields,
  type FieldCheck,
  fieldCheck,
  oneOf,
  orNull,
  type ReflectRecord,
  ROLLOUT_TASKS,
} from '@srvau/contracts';
import { makeRecord, type RecordParts } from '../record/make-record';

/** What is in a record and not in its transcript; the transcript too where the trainer's text is not the same. */
type PackedParts = Omit<RecordParts, 'transcript'> & { transcript?: string };

type ReadFirst = Pick<PackedParts, 'task' | 'truth' | 'completion'>;

const READ_FIRST: Readonly<Record<keyof ReadFirst, FieldCheck>> = {
  task: oneOf(ROLLOUT_TASKS),
  truth: fieldCheck.object,
  completion: orNull(fieldCheck.text),
};

/** @param text the assistant's turn, as it is exported. */
export function packParts(record: ReflectRecord, text: string): PackedParts {
  const { id: _id, path: _path, initial, reflection: _reflection, revised: _revised, transcript, ...known } = record;
  const { completion, wellFormed } = initial;
  return { ...known, completion, wellFormed, ...(text === transcript ? {} : { transcript }) };
}

/**
 * The record that a row was made of. A transcript that was edited in between counts as edited.
 *
 * @param exported how a transcript looks in a row of this format.
 * @throws SrvauError UNPROCESSABLE, naming the first fault after `where`.
 */
export function unpackParts(
  packed: unknown,
  text: string,
  exported: (transcript: string) => string,
  where: string,
): ReflectRecord {
  // As much as it takes to read the transcript; the rest is checked as a record.
  checkFields<ReadFirst>(packed, READ_FIRST, where);
  const parts = packed as PackedParts;
  const { transcript: kept } = parts;
  const transcript = typeof kept === 'string' && exported(kept) === text ? kept : text;
  return makeRecord({ ...parts, transcript }, where);
}
