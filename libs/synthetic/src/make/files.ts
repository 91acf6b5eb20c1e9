import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { SrvauError } from '@srvau/contracts';

/** Layout of a directory of synthetic clips. `synth.json` is written last: without it the directory is not finished. */
export const SYNTH_FILES = {
  card: 'synth.json',
  settings: 'settings.json',
  videos: 'videos',
  scripts: 'scripts',
  annotations: 'annotations',
} as const;

/** Begins the names of files that are not finished. */
export const PARTIAL_PREFIX = '.part-';

/** Writes beside and renames, so that nobody ever reads half a file. @throws SrvauError, see `fileError` */
export async function writeWhole(path: string, text: string): Promise<void> {
  const partial = join(dirname(path), `${PARTIAL_PREFIX}${basename(path)}`);
  try {
    await writeFile(partial, text);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined);
    throw fileError(error, path);
  }
}

export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw fileError(error, path);
  }
}

const CODES: Readonly<Record<string, readonly ['UNAVAILABLE' | 'FORBIDDEN' | 'NOT_FOUND' | 'CONFLICT', string]>> = {
  ENOSPC: ['UNAVAILABLE', 'no space left on the disk'],
  EDQUOT: ['UNAVAILABLE', 'the disk quota is used up'],
  EROFS: ['FORBIDDEN', 'the file system is read-only'],
  EACCES: ['FORBIDDEN', 'not permitted'],
  EPERM: ['FORBIDDEN', 'not permitted'],
  ENOENT: ['NOT_FOUND', 'no such file or folder'],
  ENOTDIR: ['CONFLICT', 'a part of the path is a file'],
  EEXIST: ['CONFLICT', 'something else is there'],
};

/** What a failing file operation means for the caller; errors of other kinds go through. */
export function fileError(error: unknown, path: string): unknown {
  const known = CODES[(error as NodeJS.ErrnoException | null)?.code ?? ''];
  if (known === undefined) return error;
  return new SrvauError(known[0], `${path}: ${known[1]}`, { cause: error });
}
