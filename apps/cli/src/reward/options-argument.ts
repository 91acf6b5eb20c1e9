import { describe, isObject, type JsonObject, SrvauError } from '@srvau/contracts';
import { readJsonArgument } from '../arguments/json';

/** Options of each plugin, by its id. */
export type PluginOptions = Readonly<Record<string, JsonObject>>;

/**
 * Reads `--options`: JSON as it is, `-`, or the path of a file of it.
 * @throws SrvauError INVALID_JSON, INVALID_REQUEST; NOT_FOUND …
 */
export async function readPluginOptions(
  typed: string | undefined,
  cwd: string,
  signal: AbortSignal,
): Promise<PluginOptions> {
  if (typed === undefined) return {};
  const value = await readJsonArgument(typed, '--options', cwd, signal);
  if (!isObject(value))
    throw SrvauError.mismatch('INVALID_REQUEST', '--options', 'an object of options by plugin', describe(value));
  for (const [id, options] of Object.entries(value)) {
    if (isObject(options)) continue;
    throw SrvauError.mismatch('INVALID_REQUEST', `--options: ${id}`, 'an object', describe(options));
  }
  return value as PluginOptions;
}
