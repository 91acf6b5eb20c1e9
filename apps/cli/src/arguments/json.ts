import { resolve } from 'node:path';
import { parseJson } from '@srvau/contracts';
import { readInput } from '../model/input-file';
import { standardInput } from './standard-input';

/**
 * Reads an argument that is JSON: an object or array as it is, `-` for standard input, or the path of a file.
 *
 * @param name of the argument, for messages
 * @throws SrvauError INVALID_JSON; NOT_FOUND …
 */
export async function readJsonArgument(
  typed: string,
  name: string,
  cwd: string,
  signal: AbortSignal,
): Promise<unknown> {
  if (/^\s*[{[]/.test(typed)) return parseJson(typed, name);
  if (typed === '-') return parseJson(await readStdin(signal), 'standard input');
  const path = resolve(cwd, typed);
  return parseJson(await readInput(path, signal), path);
}

async function readStdin(signal: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of standardInput(signal)) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
