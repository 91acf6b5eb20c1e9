import { createHash } from 'node:crypto';

/**
 * Seed of one request of many. It follows from what is asked, not from when or beside what; 31 bits, which all endpoints
 * take.
 * @param of the seed of the whole, and what tells the request from the others
 */
export function derivedSeed(...of: readonly (string | number)[]): number {
  return createHash('sha256').update(of.join('\0')).digest().readUInt32LE() >>> 1;
}
