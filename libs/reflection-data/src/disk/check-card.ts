import {
  checkFields,
  describe,
  type FieldCheck,
  fieldCheck,
  oneOf,
  orNull,
  REFLECT_CARD_FORMAT,
  REFLECT_SCHEMA_VERSION,
  REFLECT_SPLITS,
  REFLECT_STOPS,
  type ReflectCard,
  type ReflectCounts,
  type ReflectInputs,
  type ReflectStatistics,
  ROLLOUT_TASKS,
  SrvauError,
} from '@srvau/contracts';

const { text, count, object } = fieldCheck;
const list: FieldCheck = ['a list', Array.isArray];

const CARD: Readonly<Record<Exclude<keyof ReflectCard, 'format' | 'schemaVersion'>, FieldCheck>> = {
  writtenBy: text,
  inputs: object,
  stoppedBy: orNull(oneOf(REFLECT_STOPS)),
  statistics: object,
};

const INPUTS: Readonly<Record<keyof ReflectInputs, FieldCheck>> = {
  dataset: orNull(object),
  initial: orNull(object),
  teacher: orNull(object),
  splits: orNull(object),
  imported: list,
  settings: object,
};

const STATISTICS: Readonly<Record<keyof ReflectStatistics, FieldCheck>> = {
  all: object,
  bySplit: withObjects(REFLECT_SPLITS),
  bySource: object,
  byClass: object,
  byPath: object,
  transitions: withObjects(ROLLOUT_TASKS),
  correctOptions: object,
  words: list,
  distinctWords: count,
  lengths: withObjects(['initial', 'reflection', 'revised']),
  meanIou: orNull(object),
  attempts: object,
  retriedFor: object,
  rejects: object,
  usage: withObjects(['initial', 'teacher', 'rejects']),
};

const COUNTS: Readonly<Record<keyof ReflectCounts, FieldCheck>> = {
  records: count,
  qa: count,
  tag: count,
  videos: count,
};

/**
 * Types `dataset.json` as deep as it takes for a reader not to stumble over a card that was cut or edited.
 *
 * @param path of the file, for messages.
 * @throws SrvauError UNPROCESSABLE: it is something else, of another schema version, or lacks a part.
 */
export function checkCard(value: unknown, path: string): ReflectCard {
  const { format, schemaVersion } = (value ?? {}) as { format?: unknown; schemaVersion?: unknown };
  if (format !== REFLECT_CARD_FORMAT) throw fault(path, `"format": "${REFLECT_CARD_FORMAT}"`, format ?? value);
  if (schemaVersion !== REFLECT_SCHEMA_VERSION)
    throw fault(path, `schemaVersion ${REFLECT_SCHEMA_VERSION}`, schemaVersion);
  checkFields<Pick<ReflectCard, keyof typeof CARD>>(value, CARD, path);
  const card = value as ReflectCard;
  checkFields<ReflectInputs>(card.inputs, INPUTS, path, 'inputs.');
  checkFields<ReflectStatistics>(card.statistics, STATISTICS, path, 'statistics.');
  checkFields<ReflectCounts>(card.statistics.all, COUNTS, path, 'statistics.all.');
  return card;
}

function withObjects(names: readonly string[]): FieldCheck {
  return [
    `objects by ${names.join(', ')}`,
    (value) => object[1](value) && names.every((name) => object[1]((value as Record<string, unknown>)[name])),
  ];
}

const fault = (path: string, expected: string, received: unknown): SrvauError =>
  SrvauError.mismatch('UNPROCESSABLE', path, expected, describe(received));
