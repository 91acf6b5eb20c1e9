import { randomUUID } from 'node:crypto';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ignoreMissing } from './ignore-missing';

/**
 * A pin is an empty file `pins/<expiry, ms since 1970>-<random>` inside an entry: it moves with the entry, is seen by
 * every process on the same disk, and expires by itself when its owner dies.
 *
 * @returns what removes it; undefined when there is no such entry.
 */
export async function addPin(entryDir: string, leaseMs: number): Promise<(() => Promise<void>) | undefined> {
  const pin = join(entryDir, 'pins', `${Math.ceil(Date.now() + leaseMs)}-${randomUUID()}`);
  try {
    await writeFile(pin, '', { flag: 'wx' });
  } catch (error) {
    return ignoreMissing(error);
  }
  // A popular entry must not gather the pins of all who never released theirs.
  await activePins(entryDir);
  return () => rm(pin, { force: true });
}

/** Number of pins that have not expired; expired ones are removed. */
export async function activePins(entryDir: string): Promise<number> {
  const now = Date.now();
  const pins = (await readdir(join(entryDir, 'pins')).catch(ignoreMissing)) ?? [];
  const expired = pins.filter((name) => Number.parseInt(name, 10) <= now);
  await Promise.all(expired.map((name) => rm(join(entryDir, 'pins', name), { force: true })));
  return pins.length - expired.length;
}
