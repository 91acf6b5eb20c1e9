import {
  checkFields,
  DATASET_SOURCES,
  DATASET_SPLITS,
  type DatasetRow,
  type FieldCheck,
  fieldCheck,
  listOf,
  oneOf,
  OPTION_LETTERS,
  orNull,
} from '@srvau/contracts';

const { text, flag, seconds, count } = fieldCheck;

const FIELDS: Readonly<Record<keyof DatasetRow, FieldCheck>> = {
  id: text,
  row: count,
  source: oneOf(DATASET_SOURCES),
  split: oneOf(DATASET_SPLITS),
  video: text,
  videoKey: orNull(text),
  durationSec: orNull(seconds),
  width: orNull(count),
  height: orNull(count),
  frames: orNull(count),
  question: orNull(text),
  options: orNull(listOf(4, text)),
  correctOption: orNull(oneOf(OPTION_LETTERS)),
  keyObject: orNull(text),
  description: orNull(text),
  reasoning: orNull(text),
  reasoningRepr: orNull(text),
  anomalyClass: orNull(text),
  normal: flag,
  spanSec: orNull(listOf(2, seconds)),
  qaEligible: flag,
  groundingEligible: flag,
};

/**
 * Types a line of `manifest.jsonl`.
 * @param where names file and line for the message.
 * @throws SrvauError UNPROCESSABLE with the first wrong field.
 */
export function checkDatasetRow(value: unknown, where: string): DatasetRow {
  return checkFields(value, FIELDS, where);
}
