import { resolve } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { type ArtifactStore, fileUri } from '@srvau/storage';

const NATIVE = 'native:';

/** Directory of a checkpoint that a URI names; undefined for models that are not in this process. */
export function nativeDirectory(uri: string): string | undefined {
  return uri.startsWith(NATIVE) ? uri.slice(NATIVE.length) : undefined;
}

/**
 * The URI as this process opens it: the directory of a checkpoint resolved below the file roots, as any path in a request.
 * Which endpoints may be named is for `openModel` to say.
 *
 * @throws SrvauError INVALID_REQUEST, FORBIDDEN; NOT_FOUND, UNPROCESSABLE: no directory is there
 */
export async function resolveModel(uri: string, field: string, store: ArtifactStore): Promise<string> {
  const directory = nativeDirectory(uri);
  if (directory === undefined) return uri;
  if (!directory.startsWith('/')) {
    throw SrvauError.mismatch('INVALID_REQUEST', field, 'native: with an absolute path', JSON.stringify(uri));
  }
  const path = await store.resolveLocal(fileUri(resolve(directory)));
  if ((await store.stat(fileUri(path))).kind !== 'directory') {
    throw SrvauError.mismatch('UNPROCESSABLE', path, "a checkpoint's directory", 'a file');
  }
  return `${NATIVE}${path}`;
}
