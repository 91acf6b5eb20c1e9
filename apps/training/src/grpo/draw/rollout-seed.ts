import { createHash } from 'node:crypto';

/** What a rollout is drawn with: a function of these alone, so that a step that is done again draws the same. */
export interface RolloutKey {
  /** Of the run. */
  readonly seed: number;
  /** Steps done before. */
  readonly step: number;
  readonly recordId: string;
  /** Number of the rollout among those of its prompt in this step, from 0. */
  readonly sample: number;
}

/** 64 bits of SHA-256: keys that differ in anything have seeds that have nothing to do with each other. */
export function rolloutSeed({ seed, step, recordId, sample }: RolloutKey): bigint {
  const key = JSON.stringify([seed, step, recordId, sample]);
  return createHash('sha256').update(key).digest().readBigUInt64LE();
}
