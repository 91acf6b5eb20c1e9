import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { VideoCopies } from './video-copies';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'srvau-copies-'));
});
afterEach(() => rm(dir, { recursive: true }));

/** Makes copies as a store does, of ten bytes each, unless they are there. */
const store = {
  localCopy: async (uri: string, folder: string): Promise<string> => {
    const path = join(folder, basename(uri));
    if (uri.startsWith('s3:') && !(await readdir(folder)).includes(basename(uri))) await writeFile(path, '0123456789');
    return path;
  },
};
const signal = new AbortController().signal;
const ask = (copies: VideoCopies, uri: string): Promise<string> =>
  copies.path({ kind: 'video', uri, field: 'videoUri' }, signal);
const age = async (name: string, minutes: number): Promise<void> => {
  const then = new Date(Date.now() - minutes * 60_000);
  await utimes(join(dir, name), then, then);
};

test('the copies unused for longest make room', async () => {
  const copies = new VideoCopies(store, { dir, mostBytes: 25 });
  for (const [name, minutes] of [
    ['a', 40],
    ['b', 30],
  ] as const) {
    await ask(copies, `s3://videos/${name}`);
    await age(name, minutes);
  }
  await ask(copies, 's3://videos/a');
  await ask(copies, 's3://videos/c');
  expect((await readdir(dir)).sort()).toEqual(['a', 'c']);
  // And is copied again when it is asked for.
  await age('a', 20);
  expect(await ask(copies, 's3://videos/b')).toBe(join(dir, 'b'));
  expect((await readdir(dir)).sort()).toEqual(['b', 'c']);
});

test('a copy that may be in use stays, whatever the bound', async () => {
  const copies = new VideoCopies(store, { dir, mostBytes: 1 });
  await Promise.all(['a', 'b', 'c'].map((name) => ask(copies, `s3://videos/${name}`)));
  expect((await readdir(dir)).sort()).toEqual(['a', 'b', 'c']);
});

test('files are read where they lie', async () => {
  await writeFile(join(dir, 'x.mp4'), 'video');
  await age('x.mp4', 999);
  const copies = new VideoCopies(store, { dir, mostBytes: 1 });
  await ask(copies, 'file:///x.mp4');
  expect(await readdir(dir)).toEqual(['x.mp4']);
});
