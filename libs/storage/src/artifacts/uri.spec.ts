import { pathToFileURL } from 'node:url';
import { posix } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import fc from 'fast-check';
import { fileUri, formatUri, joinUri, parseArtifactUri } from './uri';

test('reads both schemes', () => {
  expect(parseArtifactUri('file:///data/my%20clips/%C3%BC%23.mp4')).toEqual({
    scheme: 'file',
    path: '/data/my clips/ü#.mp4',
  });
  expect(parseArtifactUri('file:///data/')).toEqual({ scheme: 'file', path: '/data' });
  expect(parseArtifactUri('file:///')).toEqual({ scheme: 'file', path: '/' });
  expect(parseArtifactUri('s3://videos/a b/100%.mp4')).toEqual({ scheme: 's3', bucket: 'videos', key: 'a b/100%.mp4' });
  expect(parseArtifactUri('s3://videos/a/')).toEqual({ scheme: 's3', bucket: 'videos', key: 'a/' });
  expect(parseArtifactUri('s3://videos')).toEqual({ scheme: 's3', bucket: 'videos', key: '' });
});

test.each([
  ['', 'a file:///… or s3://bucket/key URI'],
  ['/data/a.mp4', 'a file:///… or s3://bucket/key URI'],
  ['https://host/a.mp4', 'a file:///… or s3://bucket/key URI'],
  ['FILE:///a', 'a file:///… or s3://bucket/key URI'],
  ['file://host/a', 'file:///… with an absolute path and no host'],
  ['file:a', 'file:///… with an absolute path and no host'],
  ['file:///a/../b', 'without "", "." or ".." segments'],
  ['file:///a/%2e%2E/b', 'without "", "." or ".." segments'],
  ['file:///a/./b', 'without "", "." or ".." segments'],
  ['file:////etc/passwd', 'without "", "." or ".." segments'],
  ['file:///a%2fb', 'no encoded "/"'],
  ['file:///a%00', 'no NUL'],
  ['file:///a%', 'valid percent-encoding'],
  ['file:///a%ff', 'valid percent-encoding'],
  ['file:///a?b', 'are percent-encoded'],
  ['file:///a\\..\\b', 'are percent-encoded'],
  ['file:///\ud800', 'well-formed Unicode'],
  [`file:///${'a'.repeat(5_000)}`, 'at most 4096 characters'],
  ['s3:/videos/a', 's3://bucket/key'],
  ['s3://Videos/a', 'with a bucket of 3 to 63'],
  ['s3://a..b/a', 'with a bucket of 3 to 63'],
  ['s3://user:secret@videos/a', 'with a bucket of 3 to 63'],
  ['s3:///a', 'with a bucket of 3 to 63'],
  ['s3://videos/../a', 'without "", "." or ".." segments'],
  ['s3://videos/a//b', 'without "", "." or ".." segments'],
  ['s3://videos/%2e%2e/a', 'without "", "." or ".." segments'],
  ['s3://videos/.%2E/a', 'without "", "." or ".." segments'],
  ['s3://videos/a%2fb', 'no encoded "/"'],
  ['s3://videos/a%00', 'no NUL'],
  ['s3://videos/a\0', 'no NUL'],
  [`s3://videos/${'ü'.repeat(513)}`, 'a key of at most 1024 bytes'],
])('refuses %j, naming what it expects', (uri, expected) => {
  expect(() => parseArtifactUri(uri)).toThrow(
    expect.objectContaining({ code: 'INVALID_REQUEST', message: expect.stringContaining(expected) }),
  );
});

test('joins plain relative paths only', () => {
  expect(joinUri('file:///data', 'my clips/a#1.mp4')).toBe('file:///data/my%20clips/a%231.mp4');
  expect(joinUri('file:///', 'a')).toBe('file:///a');
  // For a file this is a name like any other: it is encoded, so that reading it gives it back.
  expect(joinUri('file:///data', '%2e%2e')).toBe('file:///data/%252e%252e');
  expect(joinUri('s3://videos', 'a/b.mp4')).toBe('s3://videos/a/b.mp4');
  expect(joinUri('s3://videos/x', 'b.mp4')).toBe('s3://videos/x/b.mp4');
  for (const relative of ['', '/', '/etc', '..', 'a/../b', 'a//b', 'a/', './a', 'a\0']) {
    for (const base of ['file:///data', 's3://videos/x']) expect(() => joinUri(base, relative)).toThrow(SrvauError);
  }
  expect(() => joinUri('s3://videos', '%2e%2e/a')).toThrow(SrvauError);
});

/** Strings rich in what path parsers trip over. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom('..', '.', '/', '%2e', '%2E', '%2f', '%5c', '\\', '%00', '\0', '%', '//', ' '),
      fc.string({ unit: 'grapheme' }),
    ),
  )
  .map((parts) => parts.join(''));

const throwsOnlySrvauErrors = (work: () => void): boolean => {
  try {
    work();
    return true;
  } catch (error) {
    return error instanceof SrvauError;
  }
};

test('property: a parsed path or key never climbs, and formatting is the inverse of parsing', () => {
  const uris = fc.oneof(
    hostile.map((s) => `file:///${s}`),
    hostile.map((s) => `s3://videos/${s}`),
    hostile,
  );
  fc.assert(
    fc.property(uris, (uri) =>
      throwsOnlySrvauErrors(() => {
        const parsed = parseArtifactUri(uri);
        const path = parsed.scheme === 'file' ? parsed.path : `/${parsed.key}`;
        expect(posix.normalize(path)).toBe(path);
        expect(path).not.toContain('\0');
        expect(parseArtifactUri(formatUri(parsed))).toEqual(parsed);
      }),
    ),
    { numRuns: 2_000, seed: 1 },
  );
});

test('property: a joined URI is below its base, whatever the relative path', () => {
  fc.assert(
    fc.property(fc.constantFrom('file:///data/in', 's3://videos/in'), hostile, (base, relative) =>
      throwsOnlySrvauErrors(() => {
        const inner = parseArtifactUri(joinUri(base, relative));
        const path = inner.scheme === 'file' ? inner.path : `/data/${inner.key}`;
        expect(path.startsWith('/data/in/')).toBe(true);
        expect(path).toBe(`/data/in/${relative}`);
      }),
    ),
    { numRuns: 2_000, seed: 2 },
  );
});

test('property: the URI of any local path leads back to it, also when Node made the URI', () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((s) => !/[/\0]/.test(s) && s !== '.' && s !== '..');
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 4 }), (names) => {
      const path = `/${names.join('/')}`;
      expect(parseArtifactUri(fileUri(path))).toEqual({ scheme: 'file', path });
      expect(parseArtifactUri(pathToFileURL(path).href)).toEqual({ scheme: 'file', path });
    }),
    { numRuns: 1_000, seed: 3 },
  );
});
