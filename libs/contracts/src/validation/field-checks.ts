import { SrvauError } from '../wire/errors';
import { cutText, describe } from './describe';
import { isObject } from './json';

/** What a value must be, for people, and whether one is. */
export type FieldCheck = readonly [expected: string, holds: (value: unknown) => boolean];

const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Checks of fields in files that we wrote and people edit: a line that lost a field would surface far from there. What
 * comes over the wire goes through `parseDto`.
 */
export const fieldCheck = {
  text: ['a text', (value) => typeof value === 'string'],
  /** Has a UTF-8 form: no half of a surrogate pair. */
  unicode: ['a text of well-formed Unicode', (value) => typeof value === 'string' && !LONE_SURROGATE.test(value)],
  flag: ['true or false', (value) => typeof value === 'boolean'],
  finite: ['a finite number', Number.isFinite],
  seconds: ['seconds from 0 on', (value) => Number.isFinite(value) && Number(value) >= 0],
  count: ['a whole number from 0 on', (value) => Number.isSafeInteger(value) && Number(value) >= 0],
  object: ['an object', isObject],
} as const satisfies Readonly<Record<string, FieldCheck>>;

export const oneOf = (names: readonly string[]): FieldCheck => [
  `one of ${names.join(', ')}`,
  (value) => typeof value === 'string' && names.includes(value),
];

export const listOf = (length: number, [expected, holds]: FieldCheck): FieldCheck => [
  `${length} values, each ${expected}`,
  (value) => Array.isArray(value) && value.length === length && value.every(holds),
];

export const orNull = ([expected, holds]: FieldCheck): FieldCheck => [
  `${expected}, or null`,
  (value) => value === null || holds(value),
];

/**
 * Types an object by the checks of its fields.
 *
 * @param where names it in messages, e.g. `manifest.jsonl, line 7`.
 * @param path of the object within what `where` names, e.g. `initial.`; empty for the whole.
 * @throws SrvauError UNPROCESSABLE with the first wrong field.
 */
export function checkFields<T extends object>(
  value: unknown,
  checks: Readonly<Record<keyof T & string, FieldCheck>>,
  where: string,
  path = '',
): T {
  if (!isObject(value)) {
    if (path !== '') throw wrongField(where, path.slice(0, -1), 'an object', value);
    throw SrvauError.mismatch('UNPROCESSABLE', where, 'a JSON object', describe(value));
  }
  for (const [field, [expected, holds]] of Object.entries<FieldCheck>(checks)) {
    if (!holds(value[field])) throw wrongField(where, `${path}${field}`, expected, value[field]);
  }
  return value as T;
}

/** Refuses fields that nobody would read, and that would be lost in the next writing. @throws as `checkFields` */
export function refuseOtherFields(value: object, known: object, where: string, path = ''): void {
  for (const [field, content] of Object.entries(value)) {
    if (!Object.hasOwn(known, field)) throw wrongField(where, `${path}${cutText(field)}`, 'no such field', content);
  }
}

/** The error of one wrong field of a file. */
export function wrongField(where: string, field: string, expected: string, value: unknown): SrvauError {
  return SrvauError.mismatch('UNPROCESSABLE', `${where}: ${field}`, expected, describe(value));
}
