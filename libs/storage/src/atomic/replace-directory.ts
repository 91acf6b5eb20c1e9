import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { statOrNull, syncDirectory, syncTree } from './durable';
import { replacedName, temporaryName } from './temp-names';

/**
 * Makes `prepared`, a finished directory on the same file system, the new `dir`.
 *
 * Everything in it is synced first. When `dir` is new this is one rename. When it exists, POSIX has no portable
 * exchange of two directories: the old one is renamed away, the new one takes the name, the old one is removed. A
 * kill −9 between the two renames leaves `dir` missing and its old version beside it; `sweepStale` on the parent
 * gives it back its name, so callers sweep when they open the parent.
 */
export async function replaceDirectory(prepared: string, dir: string): Promise<void> {
  await syncTree(prepared);
  const parent = dirname(dir);
  if ((await statOrNull(dir)) === null) {
    await rename(prepared, dir);
    await syncDirectory(parent);
    return;
  }
  const replaced = replacedName(dir);
  await rename(dir, replaced);
  try {
    await rename(prepared, dir);
  } catch (error) {
    await rename(replaced, dir);
    throw error;
  }
  await syncDirectory(parent);
  await rm(replaced, { recursive: true, force: true });
}

/**
 * Fills a temporary directory beside `dir` and renames it into place, see `replaceDirectory`.
 * When `fill` fails nothing is left and `dir` is untouched.
 */
export async function writeDirectoryAtomic<T>(dir: string, fill: (temporaryDir: string) => Promise<T>): Promise<T> {
  const temporary = temporaryName(dir);
  await mkdir(temporary);
  try {
    const result = await fill(temporary);
    await replaceDirectory(temporary, dir);
    return result;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

/** Removes a directory so that no moment shows it half empty under its name. */
export async function removeDirectory(dir: string): Promise<void> {
  const doomed = temporaryName(dir);
  await rename(dir, doomed);
  await syncDirectory(dirname(dir));
  await rm(doomed, { recursive: true, force: true });
}
