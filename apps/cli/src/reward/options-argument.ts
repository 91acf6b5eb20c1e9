import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, SrvauError } from '@srvau/contracts';
import { fromFileError } from '@srvau/storage';

/** Options of each plugin, by its id. */
export type PluginOptions = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * Reads `--options`: JSON as it is, or the path of a file of it.
 * @throws SrvauError INVALID_JSON, INVALID_REQUEST; NOT_FOUND …
 */
export async function readPluginOptions(typed: string | undefined, cwd: string): Promise<PluginOptions> {
  if (typed === undefined) return {};
  const isInline = typed.trimStart().startsWith('{');
  const where = isInline ? '--options' : resolve(cwd, typed);
  const value = parse(isInline ? typed : await readText(where), where);
  if (!isObject(value))
    throw SrvauError.mismatch('INVALID_REQUEST', where, 'an object of options by plugin', describe(value));
  for (const [id, options] of Object.entries(value)) {
    if (!isObject(options))
      throw SrvauError.mismatch('INVALID_REQUEST', `${where}: ${id}`, 'an object', describe(options));
  }
  return value as PluginOptions;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw fromFileError(error, path);
  }
}

function parse(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw SrvauError.mismatch('INVALID_JSON', where, 'JSON', (cause as Error).message, { cause });
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);
