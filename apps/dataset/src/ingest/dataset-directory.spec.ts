import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatasetDirectory } from './dataset-directory';

const thrownBy = (act: Promise<unknown>): Promise<unknown> =>
  act.then(
    () => Promise.reject(new Error('expected an error')),
    (error: unknown) => error,
  );

describe('DatasetDirectory.writeFault', () => {
  const directory = new DatasetDirectory('/data/ü 1/out');
  const fault = (code: string, path?: string): unknown =>
    directory.writeFault(
      Object.assign(new Error(`${code}: it failed`), { code, ...(path === undefined ? {} : { path }) }),
    );

  it('names the directory, and what was expected of it and found', () => {
    expect(fault('ENOSPC')).toMatchObject({
      code: 'UNAVAILABLE',
      retryable: true,
      message: 'file:///data/%C3%BC%201/out: expected free space, received a full disk',
    });
    expect(fault('EROFS', '/data/ü 1/out')).toMatchObject({ code: 'FORBIDDEN', retryable: false });
    expect(fault('EACCES', '/data/ü 1/out/work/x.json')).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('passes on what happened elsewhere, what another attempt mends, and what is no system error', () => {
    for (const error of [
      fault('EACCES', '/data/ü 1/outer'),
      fault('ENOENT'),
      directory.writeFault(new TypeError('x')),
    ]) {
      expect(error).not.toHaveProperty('details');
    }
    expect(directory.writeFault(undefined)).toBeUndefined();
  });

  it('says so of a path through a file', async () => {
    const root = await mkdtemp(join(tmpdir(), 'srvau-directory-'));
    try {
      await writeFile(join(root, 'file'), 'kept');
      const below = new DatasetDirectory(join(root, 'file', 'out'));
      expect(below.writeFault(await thrownBy(below.create()))).toMatchObject({ code: 'NOT_FOUND' });
      expect(await readFile(join(root, 'file'), 'utf8')).toBe('kept');
    } finally {
      await rm(root, { recursive: true });
    }
  });
});
