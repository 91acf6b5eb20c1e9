import { type ErrorCode, SrvauError } from '@srvau/contracts';
import { errnoOf } from '../errno';

/** A fault of one artifact, in the form that reaches callers. */
export function artifactError(
  code: ErrorCode,
  uri: string,
  expected: string,
  received: string,
  cause?: unknown,
): SrvauError {
  return SrvauError.mismatch(code, uri, expected, received, { field: 'uri', cause });
}

const FILE_ERRORS: Readonly<Record<string, readonly [ErrorCode, expected: string, received: string]>> = {
  ENOENT: ['NOT_FOUND', 'an existing file', 'nothing there'],
  ENOTDIR: ['NOT_FOUND', 'a path through directories', 'a file where a directory should be'],
  EISDIR: ['UNPROCESSABLE', 'a file', 'a directory'],
  EACCES: ['FORBIDDEN', 'a path this process may use', 'permission denied'],
  EPERM: ['FORBIDDEN', 'a path this process may use', 'operation not permitted'],
  EROFS: ['FORBIDDEN', 'a writable file system', 'a read-only one'],
  ELOOP: ['FORBIDDEN', 'a path without link loops', 'too many symbolic links'],
  ENAMETOOLONG: ['INVALID_REQUEST', 'names the file system can hold', 'a name that is too long'],
  ENOSPC: ['UNAVAILABLE', 'free space', 'a full disk'],
  EDQUOT: ['UNAVAILABLE', 'free space', 'an exhausted quota'],
};

/** Turns a system error on a local artifact into a typed one; anything else is passed on as it is. */
export function fromFileError(error: unknown, uri: string): unknown {
  const known = FILE_ERRORS[errnoOf(error) ?? ''];
  if (known === undefined || error instanceof SrvauError) return error;
  const [code, expected, received] = known;
  return artifactError(code, uri, expected, received, error);
}
