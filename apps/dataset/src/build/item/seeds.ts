import { createHash } from 'node:crypto';

/**
 * Seed of one call, in [0, 2^48): it follows from the build's seed and what the call is for, not from when or where it is
 * made, so that any sharding draws the same.
 */
export function seedOf(seed: number, itemId: string, role: 'initial' | 'teacher', attempt: number): number {
  return createHash('sha256').update(`${seed}\0${itemId}\0${role}\0${attempt}`).digest().readUIntBE(0, 6);
}
