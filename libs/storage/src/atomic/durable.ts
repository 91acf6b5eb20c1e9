import { mkdir, open, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { errnoOf } from '../errno';

/**
 * Makes a directory entry (a create, rename or unlink in `dir`) survive a power cut.
 * Without it a file may be durable while its name is not.
 */
export async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, 'r');
  try {
    await handle.sync();
  } catch (error) {
    // Some file systems (FUSE, SMB) cannot sync a directory; there the rename alone is all that can be had.
    if (!['EINVAL', 'ENOTSUP', 'EPERM', 'EISDIR'].includes(errnoOf(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

/**
 * `mkdir -p`. Not Node's own, which reports a read-only file system as ENOENT, and never returns where making a directory
 * is ENOENT although its parent is there, as below `/proc`.
 * @returns the uppermost directory that was made; undefined when all were there.
 */
export async function makeDirectories(dir: string): Promise<string | undefined> {
  const wanted = resolve(dir);
  try {
    return (await makeDirectory(wanted)) ? wanted : undefined;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || wanted === dirname(wanted)) throw error;
  }
  const first = await makeDirectories(dirname(wanted));
  return (await makeDirectory(wanted)) ? (first ?? wanted) : first;
}

/** @returns false when it was there already. */
async function makeDirectory(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' && (await stat(path)).isDirectory()) return false;
    throw error;
  }
}

/** `mkdir -p` whose new entries are durable. */
export async function ensureDirectory(dir: string): Promise<void> {
  const wanted = resolve(dir);
  const first = await makeDirectories(wanted);
  if (first === undefined) return;
  for (let at = wanted; ; at = dirname(at)) {
    await syncDirectory(dirname(at));
    if (at === first || at === dirname(at)) return;
  }
}

/** Syncs every regular file and directory below `dir`, and `dir` itself; symbolic links are left alone. */
export async function syncTree(dir: string): Promise<void> {
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else if (entry.isFile()) await syncFile(path);
  }
  await syncDirectory(dir);
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Stat of `path`, or null when nothing is there. */
export async function statOrNull(path: string) {
  try {
    return await stat(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}
