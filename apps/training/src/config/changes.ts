import { canonicalJson, isObject } from '@srvau/contracts';

/** A value that two objects do not share; undefined where one lacks it. */
export interface Change {
  /** Names of the fields that lead to it, joined by dots. */
  readonly field: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** What differs between two plain objects, the innermost objects' fields; lists are compared as a whole. */
export function changesOf(before: object, after: object, path = ''): Change[] {
  const [old, now] = [before, after] as [Record<string, unknown>, Record<string, unknown>];
  return [...new Set([...Object.keys(old), ...Object.keys(now)])].flatMap((name) => {
    const field = path === '' ? name : `${path}.${name}`;
    const [then, since] = [old[name], now[name]];
    if (isObject(then) && isObject(since)) return changesOf(then, since, field);
    return textOf(then) === textOf(since) ? [] : [{ field, before: then, after: since }];
  });
}

export const textOf = (value: unknown): string => (value === undefined ? 'nothing' : canonicalJson(value));

/** For people: `steps 8 instead of 4, torch 2.13.0 instead of 2.12.1`. */
export const changesInWords = (changes: readonly Change[]): string =>
  changes.map(({ field, before, after }) => `${field} ${plain(after)} instead of ${plain(before)}`).join(', ');

const plain = (value: unknown): string => (typeof value === 'string' ? value : textOf(value));
