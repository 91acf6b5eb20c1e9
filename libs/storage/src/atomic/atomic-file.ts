import { type Stats } from 'node:fs';
import { chmod, lstat, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { errnoOf } from '../errno';
import { syncDirectory } from './durable';
import { temporaryName } from './temp-names';

/** What can be written: one piece, or a stream of pieces. Strings are written as UTF-8. */
export type FileData = string | Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/**
 * Replaces `path` by a file that `produce` writes at a temporary path in the same directory.
 *
 * Whoever reads `path`, also after a kill −9 or a power cut at any moment, finds the old file or the new one, whole.
 * The file is synced, renamed, and the rename is synced. A file that is replaced keeps its mode; a symbolic link is
 * replaced itself, not what it points to. When `produce` fails, the temporary file is removed and `path` is untouched.
 *
 * @param path its directory must exist.
 * @returns what `produce` returned.
 * @throws SrvauError UNPROCESSABLE where `path` is a device, a pipe or a socket: as root, a rename would replace `/dev/null`
 *   for the whole machine.
 */
export async function writeAtomicWith<T>(path: string, produce: (temporaryPath: string) => Promise<T>): Promise<T> {
  await modeOf(path);
  const temporary = temporaryName(path);
  try {
    const result = await produce(temporary);
    await seal(temporary, await modeOf(path));
    await rename(temporary, path);
    await syncDirectory(dirname(path));
    return result;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

/** Writes a whole file atomically, see `writeAtomicWith`. */
export async function writeFileAtomic(path: string, data: FileData): Promise<void> {
  await writeAtomicWith(path, async (temporary) => {
    const handle = await open(temporary, 'wx');
    try {
      if (typeof data === 'string' || data instanceof Uint8Array) await handle.writeFile(data);
      else for await (const piece of data) await handle.writeFile(piece);
    } finally {
      await handle.close();
    }
  });
}

/**
 * Writes a value as indented JSON with a final newline, atomically.
 * @throws TypeError when the value has no JSON form (undefined, a function, a BigInt, a cycle).
 */
export async function writeJsonAtomic(path: string, value: unknown): Promise<void> {
  const json = JSON.stringify(value, null, 2) as string | undefined;
  if (json === undefined) throw new TypeError(`expected a JSON value for ${path}, received ${typeof value}`);
  await writeFileAtomic(path, `${json}\n`);
}

/** Gives the file its final mode and makes its content durable. */
async function seal(temporary: string, mode: number | null): Promise<void> {
  const handle = await open(temporary, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  if (mode !== null) await chmod(temporary, mode);
}

/** Of the file that is to be replaced; null where there is none, or a link. Over a directory the rename itself fails. */
async function modeOf(path: string): Promise<number | null> {
  let stats: Stats;
  try {
    stats = await lstat(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
  if (stats.isFile()) return stats.mode & 0o7777;
  if (stats.isSymbolicLink() || stats.isDirectory()) return null;
  const received = stats.isFIFO() ? 'a named pipe' : 'a device or socket';
  throw SrvauError.mismatch('UNPROCESSABLE', path, 'a file, or nothing yet', received);
}
