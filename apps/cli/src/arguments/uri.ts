import { resolve } from 'node:path';
import { fileUri, parseArtifactUri } from '@srvau/storage';
import { usageError } from '../exit';

/**
 * What was typed for a file or folder → URI. Paths are resolved against `cwd`; `file:///…` and `s3://…` go through.
 *
 * @param what the argument, for the message
 * @throws CliError with the exit code of wrong usage
 */
export function toUri(typed: string, cwd: string, what: string): string {
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(typed)?.[1]?.toLowerCase();
  const expected = 'a path, file:///… or s3://bucket/key';
  const fault = (received: string): Error =>
    usageError(`${what}: expected ${expected}, received ${received}`, [{ field: what, expected, received }]);
  if (typed === '') throw fault('nothing');
  if (scheme !== undefined && scheme !== 'file' && scheme !== 's3') throw fault(typed);
  try {
    if (scheme === undefined) return fileUri(resolve(cwd, typed));
    parseArtifactUri(typed);
    return typed;
  } catch (error) {
    throw usageError(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** The local path of a `file:` URI; undefined for any other. */
export function localPath(uri: string): string | undefined {
  const parsed = parseArtifactUri(uri);
  return parsed.scheme === 'file' ? parsed.path : undefined;
}

/** What was typed for a model: `native:` with a path of this command; other URIs as they are. */
export function modelUri(typed: string, cwd: string): string {
  return typed.startsWith('native:') ? `native:${resolve(cwd, typed.slice('native:'.length))}` : typed;
}
