import { createHash } from 'node:crypto';

const MAX_UINT32 = 2 ** 32;

/**
 * A permutation of 0 … count − 1 that follows from the key alone, the same on every machine and in every language:
 * Fisher–Yates from the last place down, over 32-bit numbers in network order out of SHA-256(key + ":" + 0, 1, 2 …). A
 * number that would make small ones likelier is left out.
 */
export function seededOrder(key: string, count: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  const draws = numbersOf(key);
  for (let last = count - 1; last > 0; last -= 1) {
    const at = below(last + 1, draws);
    const moved = order[at] ?? 0;
    order[at] = order[last] ?? 0;
    order[last] = moved;
  }
  return order;
}

/** Uniform in 0 … bound − 1. */
function below(bound: number, draws: Generator<number, never>): number {
  const fair = MAX_UINT32 - (MAX_UINT32 % bound);
  for (;;) {
    const { value } = draws.next();
    if (value < fair) return value % bound;
  }
}

function* numbersOf(key: string): Generator<number, never> {
  for (let block = 0; ; block += 1) {
    const digest = createHash('sha256').update(`${key}:${block}`).digest();
    for (let at = 0; at < digest.length; at += 4) yield digest.readUInt32BE(at);
  }
}
