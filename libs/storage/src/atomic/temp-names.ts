import { randomBytes } from 'node:crypto';
import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { SrvauError, describe } from '@srvau/contracts';
import { errnoOf } from '../errno';
import { statOrNull } from './durable';

/** `.<name>.<16 hex>.srvau-tmp`: being written; `.<name>.<16 hex>.srvau-old`: the version that is being replaced. */
const PATTERN = /^\.(?<name>.*)\.[0-9a-f]{16}\.srvau-(?<kind>tmp|old)$/su;
/** Bytes that the pattern adds to a name. */
const DECORATION_BYTES = '.'.length + '.0123456789abcdef.srvau-tmp'.length;
const MAX_NAME_BYTES = 255;

/** A name beside `path` that nobody can predict, so that a planted link cannot catch the write. */
export function temporaryName(path: string): string {
  return decorated(path, cutToBytes(basename(path), MAX_NAME_BYTES - DECORATION_BYTES), 'tmp');
}

/**
 * Where the version that is replaced waits. It holds the whole name, because `sweepStale` may have to give it back.
 * @throws SrvauError INVALID_REQUEST when the name is too long for that.
 */
export function replacedName(path: string): string {
  const name = basename(path);
  const limit = MAX_NAME_BYTES - DECORATION_BYTES;
  if (Buffer.byteLength(name) > limit) {
    throw new SrvauError(
      'INVALID_REQUEST',
      `expected a directory name of at most ${limit} bytes, received ${describe(name)}`,
    );
  }
  return decorated(path, name, 'old');
}

function decorated(path: string, name: string, kind: 'tmp' | 'old'): string {
  return join(dirname(path), `.${name}.${randomBytes(8).toString('hex')}.srvau-${kind}`);
}

/** True for names that only this module makes: such an entry is never a finished artifact. */
export function isTemporaryName(name: string): boolean {
  return PATTERN.test(name);
}

export interface SweepOptions {
  /**
   * Age from which a leftover counts as abandoned. The default, one hour since its last change, is safe beside live
   * writers; a caller that holds the directory's lock passes 0.
   */
  olderThanMs?: number;
  /** Also look into subdirectories (symbolic links are not followed). Default false. */
  recursive?: boolean;
}

/**
 * Removes what writers that were killed left in `dir`, and completes a directory replacement that was cut in two:
 * if only the old version is left, it gets its name back.
 *
 * @returns the paths that were removed or restored; empty when `dir` does not exist.
 */
export async function sweepStale(dir: string, options: SweepOptions = {}): Promise<string[]> {
  const { olderThanMs = 3_600_000, recursive = false } = options;
  const swept: string[] = [];
  for (const entry of await entriesOf(dir)) {
    const path = join(dir, entry.name);
    const match = PATTERN.exec(entry.name)?.groups;
    if (match === undefined) {
      if (recursive && entry.isDirectory()) swept.push(...(await sweepStale(path, options)));
      continue;
    }
    if (!(await isOlderThan(path, olderThanMs))) continue;
    const target = join(dir, match['name'] ?? '');
    if (match['kind'] === 'old' && (await statOrNull(target)) === null) await rename(path, target);
    else await rm(path, { recursive: true, force: true });
    swept.push(path);
  }
  return swept;
}

async function entriesOf(dir: string) {
  try {
    return await readdir(dir, { withFileTypes: true });
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function isOlderThan(path: string, ageMs: number): Promise<boolean> {
  if (ageMs <= 0) return true;
  try {
    // The change time, because a rename sets it and leaves the modification time as it was.
    return Date.now() - (await lstat(path)).ctimeMs >= ageMs;
  } catch (error) {
    // Its writer finished between the listing and now.
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Cuts at a character boundary, so that the name stays valid UTF-8. */
function cutToBytes(text: string, maxBytes: number): string {
  let kept = '';
  let bytes = 0;
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > maxBytes) break;
    kept += character;
  }
  return kept;
}
