import {
  type AnnotatedEvent,
  checkFields,
  DATASET_SOURCES,
  DATASET_SPLITS,
  type DatasetRow,
  type FieldCheck,
  fieldCheck,
  isObject,
  listOf,
  oneOf,
  OPTION_LETTERS,
  orNull,
} from '@srvau/contracts';

const { text, flag, seconds, count } = fieldCheck;

const EVENT: Readonly<Record<keyof AnnotatedEvent, FieldCheck>> = {
  startSec: seconds,
  endSec: orNull(seconds),
  who: text,
  what: text,
  anomalous: flag,
};

const events: FieldCheck = [
  `events with ${Object.keys(EVENT).join(', ')}`,
  (value) =>
    Array.isArray(value) &&
    value.every((each) => isObject(each) && Object.entries(EVENT).every(([field, [, holds]]) => holds(each[field]))),
];

const FIELDS: Readonly<Record<keyof DatasetRow, FieldCheck>> = {
  id: text,
  row: count,
  source: oneOf(DATASET_SOURCES),
  split: oneOf(DATASET_SPLITS),
  video: text,
  videoKey: orNull(text),
  videoSha256: orNull(text),
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
  events: orNull(events),
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
