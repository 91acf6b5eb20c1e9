import { types } from 'node:util';
import { NativeError } from './errors';
import { type Seed, type TokenIds } from './types';

// What callers without types pass may be anything: each of these names the argument, what was expected and what came.
// node:util knows typed arrays of every realm: those of the addon are not instances of a vm context's classes.

const MAX_ID = 2 ** 31 - 1;
const MAX_COUNT = 2 ** 31 - 1;

/** One typed array instead of a value at a time across the border to C++. */
export function toIds(ids: TokenIds, what: string): Int32Array {
  if (types.isInt32Array(ids)) return ids;
  if (!Array.isArray(ids)) throw expected('an Int32Array or an array of token ids', what, ids);
  const array = Int32Array.from(ids as readonly number[]);
  for (let i = 0; i < array.length; ++i) {
    const id: unknown = ids[i];
    if (id !== array[i] || (id as number) < 0) throw expected(`a token id from 0 to ${MAX_ID}`, `${what}[${i}]`, id);
  }
  return array;
}

/** The array itself, so that it can be gone through. */
export function toList<T>(list: readonly T[] | null | undefined, what: string): readonly T[] {
  if (!Array.isArray(list)) throw expected('an array', what, list);
  return list as readonly T[];
}

/** The object itself, so that it can be taken apart. */
export function toObject<T extends object>(value: T | null | undefined, what: string): T {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw expected('an object', what, value);
  return value;
}

export function toFloats(values: Float32Array | readonly number[], what: string): Float32Array {
  if (types.isFloat32Array(values)) return values;
  if (!Array.isArray(values)) throw expected('a Float32Array or an array of numbers', what, values);
  return Float32Array.from(values as readonly number[], (value, i) => toNumber(value, `${what}[${i}]`));
}

export function toDoubles(values: Float64Array | readonly number[], what: string): Float64Array {
  if (types.isFloat64Array(values)) return values;
  if (!Array.isArray(values)) throw expected('an array of numbers', what, values);
  return Float64Array.from(values as readonly number[], (value, i) => toNumber(value, `${what}[${i}]`));
}

/** Any number: its range is checked where it is used. */
export function toNumber(value: number, what: string): number {
  if (typeof value !== 'number') throw expected('a number', what, value);
  return value;
}

export function toSeeds(seeds: readonly Seed[], what: string): BigUint64Array {
  return BigUint64Array.from(toList(seeds, what), (seed, i) => toSeed(seed, `${what}[${i}]`));
}

export function toSeed(seed: Seed, what: string): bigint {
  const valid = typeof seed === 'bigint' ? seed >= 0n && seed < 2n ** 64n : Number.isSafeInteger(seed) && seed >= 0;
  if (!valid) throw expected('a safe integer or a bigint from 0 to 2^64 - 1', what, seed);
  return BigInt(seed);
}

/** Numbers of tokens, each at least 1. */
export function toCounts(counts: readonly number[], what: string): Int32Array {
  return Int32Array.from(toList(counts, what), (count, i) => {
    if (Number.isInteger(count) && count >= 1 && count <= MAX_COUNT) return count;
    throw expected(`an integer from 1 to ${MAX_COUNT}`, `${what}[${i}]`, count);
  });
}

export function expected(expectation: string, what: string, received: unknown): NativeError {
  return new NativeError(
    'INVALID_ARGUMENT',
    `Expected ${expectation} for ${what} but received ${shown(received)} of type ${typeof received}`,
  );
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'an array';
  // Whose toString is code of the caller.
  return (typeof value === 'object' && value !== null) || typeof value === 'function' ? 'an object' : String(value);
}
