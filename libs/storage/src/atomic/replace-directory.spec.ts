import { mkdir, readFile, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { killChildren, seeded, startChild } from '../../test/processes';
import { useTempDir } from '../../test/temp-dir';
import { removeDirectory, writeDirectoryAtomic } from './replace-directory';
import { replacedName, sweepStale } from './temp-names';

const temp = useTempDir();
afterEach(killChildren);
const fillWith = (text: string) => (dir: string) => writeFile(join(dir, 'a'), text);

test('makes a new directory, and replaces one', async () => {
  const dir = join(temp(), 'out');
  await writeDirectoryAtomic(dir, fillWith('1'));
  await writeDirectoryAtomic(dir, fillWith('2'));
  expect(await readFile(join(dir, 'a'), 'utf8')).toBe('2');
  expect(await readdir(temp())).toEqual(['out']);
});

test('a fill that fails leaves the old directory alone', async () => {
  const dir = join(temp(), 'out');
  await writeDirectoryAtomic(dir, fillWith('1'));
  const failing = writeDirectoryAtomic(dir, () => Promise.reject(new Error('fill failed')));
  await expect(failing).rejects.toThrow('fill failed');
  expect(await readFile(join(dir, 'a'), 'utf8')).toBe('1');
  expect(await readdir(temp())).toEqual(['out']);
});

test('sweeping completes a replacement that was cut between its two renames', async () => {
  const dir = join(temp(), 'out');
  await mkdir(dir);
  await writeFile(join(dir, 'a'), 'old');
  await rename(dir, replacedName(dir));
  await sweepStale(temp(), { olderThanMs: 0 });
  expect(await readFile(join(dir, 'a'), 'utf8')).toBe('old');
});

test('a name too long to be kept aside is refused before anything moves', async () => {
  expect(() => replacedName(join(temp(), 'x'.repeat(240)))).toThrow('expected a directory name of at most');
});

test('removes a directory whole', async () => {
  const dir = join(temp(), 'out');
  await writeDirectoryAtomic(dir, fillWith('1'));
  await removeDirectory(dir);
  expect(await readdir(temp())).toEqual([]);
});

test('kill −9 at any moment, then a sweep, leaves one whole version', async () => {
  const dir = join(temp(), 'out');
  const random = seeded(11);
  for (let round = 0; round < 4; round += 1) {
    const child = startChild('rewriteDirectory', dir);
    await child.lines(1);
    await sleep(random() * 60);
    const finished = Number((await child.kill()).at(-1));
    await sweepStale(temp(), { olderThanMs: 0 });
    expect(await readdir(temp())).toEqual(['out']);
    const parts = await Promise.all((await readdir(dir)).map((name) => readFile(join(dir, name), 'utf8')));
    expect(parts).toHaveLength(5);
    expect(new Set(parts).size).toBe(1);
    expect([finished, finished + 1]).toContain(Number(parts[0]));
  }
});
