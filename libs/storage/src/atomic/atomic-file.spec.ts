import { execFileSync } from 'node:child_process';
import { chmod, lstat, mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { killChildren, seeded, startChild } from '../../test/processes';
import { useTempDir } from '../../test/temp-dir';
import { writeAtomicWith, writeFileAtomic, writeJsonAtomic } from './atomic-file';
import { isTemporaryName, sweepStale } from './temp-names';

const temp = useTempDir();
afterEach(killChildren);

describe('writeFileAtomic', () => {
  test('writes text, bytes and streams of both', async () => {
    const path = join(temp(), 'a');
    await writeFileAtomic(path, 'ä');
    expect(await readFile(path, 'utf8')).toBe('ä');
    await writeFileAtomic(path, new Uint8Array([1, 2]));
    expect([...(await readFile(path))]).toEqual([1, 2]);
    await writeFileAtomic(path, ['x', Buffer.from('y'), 'z']);
    expect(await readFile(path, 'utf8')).toBe('xyz');
    expect(await readdir(temp())).toEqual(['a']);
  });

  test('keeps the mode of the file it replaces', async () => {
    const path = join(temp(), 'secret');
    await writeFile(path, 'old');
    await chmod(path, 0o640);
    await writeFileAtomic(path, 'new');
    expect((await stat(path)).mode & 0o7777).toBe(0o640);
  });

  test('replaces a link itself and leaves what it points to', async () => {
    await writeFile(join(temp(), 'target'), 'untouched');
    await symlink('target', join(temp(), 'link'));
    await writeFileAtomic(join(temp(), 'link'), 'new');
    expect((await lstat(join(temp(), 'link'))).isFile()).toBe(true);
    expect(await readFile(join(temp(), 'target'), 'utf8')).toBe('untouched');
  });

  test('a name of 255 bytes works', async () => {
    const path = join(temp(), 'ü'.repeat(127));
    await writeFileAtomic(path, 'long');
    expect(await readFile(path, 'utf8')).toBe('long');
  });

  test('a source that fails leaves the old file and no temporary one', async () => {
    const path = join(temp(), 'a');
    await writeFile(path, 'old');
    const failing = (function* () {
      yield 'half';
      throw new Error('source failed');
    })();
    await expect(writeFileAtomic(path, failing)).rejects.toThrow('source failed');
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(temp())).toEqual(['a']);
  });

  test('a producer that writes nothing fails with the path, and leaves nothing', async () => {
    await expect(writeAtomicWith(join(temp(), 'a'), () => Promise.resolve())).rejects.toThrow(/ENOENT/);
    expect(await readdir(temp())).toEqual([]);
  });

  test('a named pipe is neither replaced nor waited for', async () => {
    const path = join(temp(), 'pipe');
    execFileSync('mkfifo', [path]);
    await expect(writeFileAtomic(path, 'new')).rejects.toMatchObject({
      code: 'UNPROCESSABLE',
      message: expect.stringMatching(/expected a file, or nothing yet, received a named pipe/) as string,
    });
    expect((await lstat(path)).isFIFO()).toBe(true);
    expect(await readdir(temp())).toEqual(['pipe']);
  });

  test('writeJsonAtomic refuses what has no JSON form', async () => {
    const path = join(temp(), 'a.json');
    await writeJsonAtomic(path, { text: '\ud800' });
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ text: '\ud800' });
    await expect(writeJsonAtomic(path, undefined)).rejects.toThrow('expected a JSON value');
  });

  test('kill −9 at any moment leaves a whole version, the last finished one or the next', async () => {
    const path = join(temp(), 'data');
    const random = seeded(7);
    for (let round = 0; round < 4; round += 1) {
      const child = startChild('rewriteFile', path);
      await child.lines(1);
      await sleep(random() * 60);
      const finished = Number((await child.kill()).at(-1));
      const found = (await readFile(path, 'utf8')).split('\n').slice(0, -1);
      expect(found).toHaveLength(20_000);
      expect(new Set(found).size).toBe(1);
      expect([finished, finished + 1]).toContain(Number(found[0]));
    }
    await sweepStale(temp(), { olderThanMs: 0 });
    expect(await readdir(temp())).toEqual(['data']);
  });
});

describe('sweepStale', () => {
  const stale = '.data.0123456789abcdef.srvau-tmp';

  test('removes only leftovers of atomic writes, and only old ones', async () => {
    await mkdir(join(temp(), 'sub'));
    for (const name of [stale, 'data', '.data.tmp', '.hidden', join('sub', stale)]) {
      await writeFile(join(temp(), name), '');
    }
    expect(await sweepStale(temp(), { recursive: true })).toEqual([]);
    expect(await sweepStale(temp(), { olderThanMs: 0 })).toEqual([join(temp(), stale)]);
    expect(await sweepStale(temp(), { olderThanMs: 0, recursive: true })).toEqual([join(temp(), 'sub', stale)]);
    expect((await readdir(temp())).sort()).toEqual(['.data.tmp', '.hidden', 'data', 'sub']);
  });

  test('a directory that is not there has nothing to sweep', async () => {
    expect(await sweepStale(join(temp(), 'none'))).toEqual([]);
  });

  test('names of finished artifacts are never taken for temporary ones', () => {
    expect(isTemporaryName(stale)).toBe(true);
    for (const name of ['data', '.data', 'x.srvau-tmp', '.data.0123.srvau-tmp', `a${stale}`]) {
      expect(isTemporaryName(name)).toBe(false);
    }
  });
});
