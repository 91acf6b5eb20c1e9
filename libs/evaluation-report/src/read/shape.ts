import { describe, isObject, SrvauError } from '@srvau/contracts';

/** Says whether a value has a form; `at` is its path. @throws SrvauError UNPROCESSABLE naming the first place where it has not */
export type Shape = (value: unknown, at: string) => void;

function wrong(at: string, expected: string, value: unknown): SrvauError {
  return SrvauError.mismatch('UNPROCESSABLE', at === '' ? '(report)' : at, expected, describe(value));
}

const plain =
  (expected: string, test: (value: unknown) => boolean): Shape =>
  (value, at) => {
    if (!test(value)) throw wrong(at, expected, value);
  };

export const text = plain('a string', (value) => typeof value === 'string');
export const number = plain('a number', (value) => typeof value === 'number' && Number.isFinite(value));
export const anything = plain('a value', (value) => value !== undefined);

export const oneOf = (...values: readonly (string | number | boolean)[]): Shape =>
  plain(
    values.length === 1
      ? JSON.stringify(values[0])
      : `one of ${values.map((value) => JSON.stringify(value)).join(', ')}`,
    (value) => (values as readonly unknown[]).includes(value),
  );

export const orNull =
  (shape: Shape): Shape =>
  (value, at) => {
    if (value !== null) shape(value, at);
  };

export const listOf =
  (shape: Shape): Shape =>
  (value, at) => {
    if (!Array.isArray(value)) throw wrong(at, 'an array', value);
    value.forEach((item, index) => shape(item, `${at}[${index}]`));
  };

export const pair: Shape = (value, at) => {
  if (!Array.isArray(value) || value.length !== 2) throw wrong(at, 'two numbers', value);
  value.forEach((item, index) => number(item, `${at}[${index}]`));
};

export const recordOf =
  (shape: Shape): Shape =>
  (value, at) => {
    if (!isObject(value)) throw wrong(at, 'an object', value);
    for (const [key, inner] of Object.entries(value)) shape(inner, pathOf(at, key));
  };

/** Fields beyond these are left alone: a later version may have added them. */
export const object =
  (fields: Readonly<Record<string, Shape>>): Shape =>
  (value, at) => {
    if (!isObject(value)) throw wrong(at, 'an object', value);
    const given = value as Readonly<Record<string, unknown>>;
    for (const [key, shape] of Object.entries(fields)) shape(given[key], pathOf(at, key));
  };

const pathOf = (at: string, key: string): string => (at === '' ? key : `${at}.${key}`);
