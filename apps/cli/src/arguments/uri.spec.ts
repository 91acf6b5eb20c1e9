import { CliError, EXIT } from '../exit';
import { localPath, toUri } from './uri';

describe('toUri', () => {
  it.each([
    ['clips', 'file:///data/clips'],
    ['./clips/', 'file:///data/clips'],
    ['../a.csv', 'file:///a.csv'],
    ['/srv/my videos/čamera #1?.mp4', 'file:///srv/my%20videos/%C4%8Damera%20%231%3F.mp4'],
    ['100%.csv', 'file:///data/100%25.csv'],
    ['-', 'file:///data/-'],
    ['a:b.csv', 'file:///data/a%3Ab.csv'],
    ['file:///srv/a%20b', 'file:///srv/a%20b'],
    ['s3://bucket/some/prefix', 's3://bucket/some/prefix'],
  ])('%s → %s', (typed, uri) => {
    expect(toUri(typed, '/data', '--videos')).toBe(uri);
  });

  it('gives back the path that was typed', () => {
    const path = '/srv/a b%20c/ü#?\\';
    expect(localPath(toUri(path, '/', '--out'))).toBe(path);
    expect(localPath('s3://bucket/key')).toBeUndefined();
  });

  it.each(['', 'https://example.org/a.csv', 's3://B/x', 'file://host/a', 'file:///a/../b', 'gs://bucket/key'])(
    'refuses %j as wrong usage, naming the option',
    (typed) => {
      const attempt = (): string => toUri(typed, '/data', '--annotations');
      expect(attempt).toThrow(CliError);
      expect(attempt).toThrow(/^--annotations: .*expected/);
      try {
        attempt();
      } catch (error) {
        expect((error as CliError).exitCode).toBe(EXIT.usage);
      }
    },
  );
});
