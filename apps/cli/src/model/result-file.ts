import type { Stats } from 'node:fs';
import { realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { errnoOf, fromFileError, writeFileAtomic } from '@srvau/storage';

/**
 * Where a result is to be written, checked before it is computed.
 *
 * @param request absolute path of the file that is answered, which must not be lost
 * @returns the absolute path
 * @throws SrvauError NOT_FOUND, UNPROCESSABLE: a folder that is not there, a folder of that name, the request itself
 */
export async function resultPath(typed: string, cwd: string, request: string): Promise<string> {
  const path = resolve(cwd, typed);
  const folder = dirname(path);
  if ((await statOf(folder))?.isDirectory() !== true) {
    throw SrvauError.mismatch('NOT_FOUND', '--out', 'a file in a folder that exists', `${path}, which is in none`);
  }
  const there = await statOf(path);
  if (there?.isDirectory() === true || typed.endsWith('/')) {
    throw SrvauError.mismatch('UNPROCESSABLE', '--out', 'a file', `the folder ${path}`);
  }
  const asked = await statOf(request);
  if (there?.isFile() === true && there.dev === asked?.dev && there.ino === asked.ino) {
    throw SrvauError.mismatch('UNPROCESSABLE', '--out', 'another file than the request', path);
  }
  return path;
}

/** Undefined for what is not there; what is there but cannot be looked at shows when it is written. */
async function statOf(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch {
    return undefined;
  }
}

/**
 * Writes a value as one line of JSON: a file appears whole or not at all. A device or a pipe, such as /dev/null or
 * /dev/stdout, is written to and never replaced; of a link, what it leads to is replaced.
 *
 * @param path absolute
 */
export async function writeResult(path: string, value: unknown): Promise<void> {
  const text = `${JSON.stringify(value)}\n`;
  try {
    const there = await statOf(path);
    if (there === undefined || there.isFile()) await writeFileAtomic(await targetOf(path), text);
    else await writeFile(path, text);
  } catch (error) {
    throw fromFileError(error, path);
  }
}

async function targetOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return path;
    throw error;
  }
}
