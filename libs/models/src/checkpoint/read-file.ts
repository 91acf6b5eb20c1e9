import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SrvauError, describe, isObject, type JsonObject, parseJson } from '@srvau/contracts';

/**
 * Text of a checkpoint's file; undefined where there is none.
 * @throws SrvauError UNPROCESSABLE: unreadable, or no regular file: opening a named pipe may wait for ever
 */
export async function readText(dir: string, name: string): Promise<string | undefined> {
  const path = join(dir, name);
  try {
    if ((await stat(path)).isFile()) return await readFile(path, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(path, 'a readable file', (cause as Error).message, { cause });
  }
  throw unusable(path, 'a regular file', 'something else');
}

/**
 * A JSON object out of a checkpoint's file; undefined where there is none.
 * @throws SrvauError UNPROCESSABLE: unreadable, no JSON, or not an object
 */
export async function readJson(dir: string, name: string): Promise<JsonObject | undefined> {
  const text = await readText(dir, name);
  if (text === undefined) return undefined;
  const value = parseJson(text, join(dir, name), 'UNPROCESSABLE');
  if (!isObject(value)) throw unusable(join(dir, name), 'a JSON object', describe(value));
  return value;
}

/** The error of a checkpoint that is there but cannot be used. */
export function unusable(
  where: string,
  expected: string,
  received: string,
  options: { cause?: unknown } = {},
): SrvauError {
  return SrvauError.mismatch('UNPROCESSABLE', where, expected, received, options);
}
