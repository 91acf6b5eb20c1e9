import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { fromFileError, writeFileAtomic } from '@srvau/storage';

/**
 * Where a result is to be written, checked before it is computed.
 * @returns the absolute path
 * @throws SrvauError NOT_FOUND, UNPROCESSABLE: a folder that is not there, a folder of that name
 */
export async function resultPath(typed: string, cwd: string): Promise<string> {
  const path = resolve(cwd, typed);
  const folder = dirname(path);
  if (!(await isDirectory(folder))) {
    throw SrvauError.mismatch('NOT_FOUND', '--out', 'a file in a folder that exists', `${path}, which is in none`);
  }
  if (await isDirectory(path)) throw SrvauError.mismatch('UNPROCESSABLE', '--out', 'a file', `the folder ${path}`);
  return path;
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    // What is there but cannot be looked at shows when it is written.
    return false;
  }
}

/** Writes a value as one line of JSON: the file appears whole or not at all. @param path absolute */
export async function writeResult(path: string, value: unknown): Promise<void> {
  try {
    await writeFileAtomic(path, `${JSON.stringify(value)}\n`);
  } catch (error) {
    throw fromFileError(error, path);
  }
}
