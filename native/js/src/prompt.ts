import { types } from 'node:util';
import { type NativePrompt } from './addon';
import { type Clip } from './clip';
import { NativeError } from './errors';
import { handleOf } from './handle';
import { type Seed, type TokenIds } from './types';

/** Token ids with every pad token of its clips, and the clips in order of appearance: each unbroken run of pads is one. */
export interface Prompt {
  readonly ids: TokenIds;
  readonly clips?: readonly Clip[];
}

const MAX_ID = 2 ** 31 - 1;
const MAX_COUNT = 2 ** 31 - 1;

// node:util knows typed arrays of every realm: those of the addon are not instances of a vm context's classes.

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

/** @param prompt where it comes from JavaScript without types, anything */
export function toPrompt(prompt: Prompt | null | undefined, what: string): NativePrompt {
  if (prompt === null || typeof prompt !== 'object') throw expected('an object', what, prompt);
  return {
    ids: toIds(prompt.ids, `${what}.ids`),
    clips: toList(prompt.clips ?? [], `${what}.clips`).map(handleOf),
  };
}

/** The array itself, so that it can be gone through. */
export function toList<T>(list: readonly T[], what: string): readonly T[] {
  if (!Array.isArray(list)) throw expected('an array', what, list);
  return list;
}

export function toFloats(values: Float32Array | readonly number[]): Float32Array {
  return types.isFloat32Array(values) ? values : Float32Array.from(values);
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
  if (!Array.isArray(counts)) throw expected('an array of numbers', what, counts);
  return Int32Array.from(counts as readonly number[], (count, i) => {
    if (Number.isInteger(count) && count >= 1 && count <= MAX_COUNT) return count;
    throw expected(`an integer from 1 to ${MAX_COUNT}`, `${what}[${i}]`, count);
  });
}

function expected(expectation: string, what: string, received: unknown): NativeError {
  return new NativeError(
    'INVALID_ARGUMENT',
    `Expected ${expectation} for ${what} but received ${String(received)} of type ${typeof received}`,
  );
}
