import { createHash, randomBytes } from 'node:crypto';

let lastMicros = 0;

/** Microseconds first, never the same twice in a process, so that ids sort by submission; then 48 random bits. */
export function newJobId(): string {
  lastMicros = Math.max(Date.now() * 1000, lastMicros + 1);
  return `${lastMicros.toString(36)}-${randomBytes(6).toString('hex')}`;
}

/** The same key for the same kind gives the same id. */
export function keyedJobId(kind: string, key: string): string {
  return `key-${createHash('sha256').update(`${kind}\0${key}`).digest('hex').slice(0, 32)}`;
}
