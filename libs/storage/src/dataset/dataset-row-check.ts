import {
  DATASET_SOURCES,
  DATASET_SPLITS,
  type DatasetRow,
  describe,
  OPTION_LETTERS,
  SrvauError,
} from '@srvau/contracts';

type Check = readonly [expected: string, holds: (value: unknown) => boolean];

const text: Check = ['a text', (value) => typeof value === 'string'];
const flag: Check = ['true or false', (value) => typeof value === 'boolean'];
const seconds: Check = ['seconds from 0 on', (value) => typeof value === 'number' && value >= 0];
const count: Check = ['a whole number from 0 on', (value) => Number.isSafeInteger(value) && Number(value) >= 0];
const oneOf = (names: readonly string[]): Check => [
  `one of ${names.join(', ')}`,
  (value) => typeof value === 'string' && names.includes(value),
];
const list = (length: number, [expected, holds]: Check): Check => [
  `${length} values, each ${expected}`,
  (value) => Array.isArray(value) && value.length === length && value.every(holds),
];
const orNull = ([expected, holds]: Check): Check => [`${expected}, or null`, (value) => value === null || holds(value)];

const FIELDS: Readonly<Record<keyof DatasetRow, Check>> = {
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
  options: orNull(list(4, text)),
  correctOption: orNull(oneOf(OPTION_LETTERS)),
  keyObject: orNull(text),
  description: orNull(text),
  reasoning: orNull(text),
  reasoningRepr: orNull(text),
  anomalyClass: orNull(text),
  normal: flag,
  spanSec: orNull(list(2, seconds)),
  qaEligible: flag,
  groundingEligible: flag,
};

/**
 * Types a line of `manifest.jsonl`: people edit such files, and a row that lost a field would surface far from here.
 * @param where names file and line for the message.
 * @throws SrvauError UNPROCESSABLE with the first wrong field.
 */
export function checkDatasetRow(value: unknown, where: string): DatasetRow {
  if (value === null || typeof value !== 'object') throw wrong(where, '(line)', 'a JSON object', value);
  const fields = value as Readonly<Record<string, unknown>>;
  for (const [field, [expected, holds]] of Object.entries(FIELDS)) {
    if (!holds(fields[field])) throw wrong(where, field, expected, fields[field]);
  }
  return value as DatasetRow;
}

function wrong(where: string, field: string, expected: string, value: unknown): SrvauError {
  const received = describe(value);
  return SrvauError.mismatch('UNPROCESSABLE', `${where}: ${field}`, expected, received);
}
