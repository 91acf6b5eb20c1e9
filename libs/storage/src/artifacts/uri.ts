import { isAbsolute, posix } from 'node:path';
import { SrvauError, describe } from '@srvau/contracts';

export interface FileUri {
  scheme: 'file';
  /** Decoded absolute path, without a trailing slash unless it is `/`. */
  path: string;
}

export interface S3Uri {
  scheme: 's3';
  bucket: string;
  /** Taken literally, as the AWS tools do: S3 URIs are not percent-encoded. Empty for the bucket itself. */
  key: string;
}

export type ArtifactUri = FileUri | S3Uri;

const EXPECTED = 'a file:///… or s3://bucket/key URI';
const MAX_URI_CHARS = 4096;
const MAX_KEY_BYTES = 1024;
const BUCKET = /^(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Parses an artifact URI, strictly: a path that climbs (`..`, also encoded), an encoded slash, a NUL, a host in a
 * `file:` URI, a query or a fragment are refused rather than normalised away, because the next program that reads
 * the same URI may normalise differently.
 *
 * @throws SrvauError INVALID_REQUEST
 */
export function parseArtifactUri(uri: string): ArtifactUri {
  if (uri.length > MAX_URI_CHARS) refuse(uri, `a URI of at most ${MAX_URI_CHARS} characters`);
  if (LONE_SURROGATE.test(uri)) refuse(uri, 'well-formed Unicode');
  if (uri.startsWith('file:')) return parseFileUri(uri);
  if (uri.startsWith('s3:')) return parseS3Uri(uri);
  return refuse(uri, EXPECTED);
}

/** The `file:` URI of an absolute local path. A trailing slash is dropped. */
export function fileUri(path: string): string {
  if (!isAbsolute(path)) refuse(path, 'an absolute path');
  const segments = path.split('/').filter((segment) => segment !== '');
  return formatUri({ scheme: 'file', path: `/${segments.map((s) => plainSegment(s, path)).join('/')}` });
}

/** Inverse of `parseArtifactUri`. */
export function formatUri(uri: ArtifactUri): string {
  if (uri.scheme === 's3') return `s3://${uri.bucket}/${uri.key}`;
  return `file://${uri.path.split('/').map(encodeURIComponent).join('/')}`;
}

/**
 * The URI of `relative`, a plain (not percent-encoded) path of one or more segments, below `base`.
 * @throws SrvauError INVALID_REQUEST when `relative` is absolute, empty, or would leave `base`.
 */
export function joinUri(base: string, relative: string): string {
  const parsed = parseArtifactUri(base);
  const inner = relative
    .split('/')
    .map((segment) => plainSegment(segment, relative))
    .join('/');
  const joined: ArtifactUri =
    parsed.scheme === 'file'
      ? { scheme: 'file', path: posix.join(parsed.path, inner) }
      : { ...parsed, key: `${folderKey(parsed.key)}${inner}` };
  const uri = formatUri(joined);
  // S3 keys are literal, so a name like `%2e%2e` only shows itself as forbidden when the whole is read again.
  parseArtifactUri(uri);
  return uri;
}

/** An S3 prefix that stands for a folder: `videos` must not match `videos2/a.mp4`. */
export function folderKey(key: string): string {
  return key === '' || key.endsWith('/') ? key : `${key}/`;
}

function parseFileUri(uri: string): FileUri {
  if (!uri.startsWith('file:///')) refuse(uri, 'file:///… with an absolute path and no host');
  if (/[?#\\]/.test(uri)) refuse(uri, 'a file: URI whose "?", "#" and "\\" are percent-encoded');
  const encoded = uri.slice('file:///'.length).replace(/\/$/, '');
  if (encoded === '') return { scheme: 'file', path: '/' };
  return {
    scheme: 'file',
    path: `/${encoded
      .split('/')
      .map((s) => plainSegment(decode(s, uri), uri))
      .join('/')}`,
  };
}

function parseS3Uri(uri: string): S3Uri {
  const match = /^s3:\/\/([^/]*)(?:\/(.*))?$/su.exec(uri);
  if (match === null) return refuse(uri, 's3://bucket/key');
  const [, bucket = '', key = ''] = match;
  if (!BUCKET.test(bucket)) refuse(uri, 's3://bucket/key with a bucket of 3 to 63 of a-z, 0-9, "." and "-"');
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) refuse(uri, `a key of at most ${MAX_KEY_BYTES} bytes`);
  if (key !== '') {
    for (const segment of key.replace(/\/$/, '').split('/')) {
      plainSegment(segment, uri);
      // Not an escape for us, but it is for the next program that takes the key for a path.
      const decoded = segment.replace(/%(2e|2f|5c|00)/gi, (escape) => decodeURIComponent(escape));
      if (decoded !== segment) plainSegment(decoded, uri);
    }
  }
  return { scheme: 's3', bucket, key };
}

function decode(segment: string, uri: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return refuse(uri, 'valid percent-encoding of UTF-8');
  }
}

/** One name of a path: not empty, not `.` or `..`, without slash or NUL. Returns it. */
function plainSegment(segment: string, whole: string): string {
  if (segment === '' || segment === '.' || segment === '..') refuse(whole, 'a path without "", "." or ".." segments');
  if (/[/\0]/.test(segment)) refuse(whole, 'a path whose names hold no encoded "/" and no NUL');
  if (LONE_SURROGATE.test(segment)) refuse(whole, 'well-formed Unicode');
  return segment;
}

function refuse(value: string, expected: string): never {
  const received = describe(value);
  throw SrvauError.mismatch('INVALID_REQUEST', 'artifact URI', expected, received, { field: 'uri' });
}
