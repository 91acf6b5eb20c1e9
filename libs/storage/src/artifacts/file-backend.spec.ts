import { execFileSync } from 'node:child_process';
import { mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { killChildren, startChild } from '../../test/processes';
import { useTempDir } from '../../test/temp-dir';
import { ArtifactStore } from './artifact-store';
import { fileUri, joinUri } from './uri';

const temp = useTempDir();
afterEach(killChildren);
let root: string;
let outside: string;
let store: ArtifactStore;
const at = (relative: string): string => joinUri(fileUri(root), relative);

async function put(path: string, text = ''): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

async function namesBelow(uri: string, onSkipped?: (name: string, reason: string) => void): Promise<string[]> {
  const names: string[] = [];
  for await (const e of store.list(uri, onSkipped === undefined ? {} : { onSkipped })) names.push(e.relativePath);
  return names;
}

beforeEach(async () => {
  root = join(temp(), 'root');
  outside = join(temp(), 'outside');
  await mkdir(root);
  await put(join(outside, 'secret'), 'secret');
  store = new ArtifactStore({ fileRoots: [root], s3: false });
});

describe('file roots', () => {
  test('what is below a root is resolved, also before it exists', async () => {
    expect(await store.resolveLocal(at('new/file'))).toBe(join(root, 'new/file'));
    expect(await store.resolveLocal(fileUri(root))).toBe(root);
  });

  test('what is outside is refused, whether it exists or not, with the same words', async () => {
    const received = 'received a path outside them';
    for (const path of [join(outside, 'secret'), join(outside, 'none'), `${root}-sibling/a`, temp(), '/']) {
      await expect(store.resolveLocal(fileUri(path))).rejects.toMatchObject({
        code: 'FORBIDDEN',
        message: expect.stringContaining(received),
      });
    }
    const none = new ArtifactStore({ fileRoots: [] });
    await expect(none.resolveLocal(at('a'))).rejects.toMatchObject({
      message: expect.stringContaining('none is configured'),
    });
  });

  test('links inside are followed, links that lead out are refused for reading and writing', async () => {
    await put(join(root, 'a'), 'inside');
    await symlink(join(root, 'a'), join(root, 'good'));
    await symlink(outside, join(root, 'bad'));
    await symlink(join(outside, 'not-yet'), join(root, 'dangling'));
    expect(await store.readText(at('good'))).toBe('inside');
    const out = { code: 'FORBIDDEN', message: expect.stringContaining('a link that leads out of them') };
    await expect(store.readText(at('bad/secret'))).rejects.toMatchObject(out);
    await expect(store.write(at('bad/new'), 'x')).rejects.toMatchObject(out);
    await expect(store.write(at('dangling'), 'x')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await readdir(outside)).toEqual(['secret']);
  });

  test('a root may itself be a link, and need not exist yet', async () => {
    await symlink(root, join(temp(), 'link'));
    const linked = new ArtifactStore({ fileRoots: [join(temp(), 'link'), join(temp(), 'later')] });
    await linked.write(fileUri(join(temp(), 'link', 'a')), 'x');
    expect(await linked.readText(fileUri(join(root, 'a')))).toBe('x');
    await linked.write(fileUri(join(temp(), 'later', 'b')), 'y');
    expect(await readFile(join(temp(), 'later', 'b'), 'utf8')).toBe('y');
  });

  test('a relative root is a configuration error', () => {
    expect(() => new ArtifactStore({ fileRoots: ['data'] })).toThrow('expected an absolute path, received "data"');
  });

  test('property: no generated name writes outside the root', async () => {
    const part = fc.constantFrom('..', '.', '/', '%2e%2e', '%2f', 'a', 'bad', '\\', '//', '%00', 'secret');
    await symlink(outside, join(root, 'bad'));
    const relative = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
    const attempt = async (uri: string): Promise<void> => {
      await store.write(uri, 'written').catch((error: unknown) => expect(error).toHaveProperty('code'));
    };
    await fc.assert(
      fc.asyncProperty(relative, async (name) => {
        await attempt(`file://${root.replaceAll(' ', '%20')}/${name}`);
        expect(await readdir(outside)).toEqual(['secret']);
        expect((await readdir(temp())).sort()).toEqual(['outside', 'root']);
        expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
      }),
      { numRuns: 200, seed: 4 },
    );
  });
});

describe('files', () => {
  test('write makes folders, replaces as a whole, and leaves nothing when its source fails', async () => {
    await store.write(at('new/folder/a'), 'one');
    await store.write(at('new/folder/a'), Readable.from(['t', 'wo']));
    expect(await store.readText(at('new/folder/a'))).toBe('two');
    const failing = (async function* () {
      yield 'x';
      throw new Error('source failed');
    })();
    await expect(store.write(at('new/folder/a'), failing)).rejects.toThrow('source failed');
    expect(await store.readText(at('new/folder/a'))).toBe('two');
    expect(await readdir(join(root, 'new/folder'))).toEqual(['a']);
  });

  test('a write that is aborted while its source is silent ends with the reason of the signal', async () => {
    const stop = new AbortController();
    const reason = new Error('stop');
    const silent = new Readable({ read: () => stop.abort(reason) });
    const writing = store.write(at('a'), silent, { signal: stop.signal });
    await expect(writing).rejects.toMatchObject({ code: 'CANCELLED', cause: reason });
    expect(await readdir(root)).toEqual([]);
  });

  test('reads ranges, and text without its byte-order mark', async () => {
    await put(join(root, 'digits'), '0123456789');
    const chunks: Buffer[] = [];
    for await (const chunk of await store.read(at('digits'), { start: 2, end: 4 })) chunks.push(chunk as Buffer);
    expect(String(Buffer.concat(chunks))).toBe('234');
    await put(join(root, 'bom'), '\ufeffx');
    expect(await store.readText(at('bom'))).toBe('x');
    await expect(store.readText(at('digits'), { maxBytes: 9 })).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
  });

  test.each(['read', 'localCopy', 'stat'] as const)(
    '%s names what is no regular file, and does not hang',
    async (method) => {
      execFileSync('mkfifo', [join(root, 'fifo')]);
      const work = (uri: string) => (method === 'localCopy' ? store.localCopy(uri, temp()) : store[method](uri));
      await expect(work(at('fifo'))).rejects.toMatchObject({
        code: 'UNPROCESSABLE',
        message: expect.stringContaining('expected a regular file, received a FIFO'),
      });
      await expect(work(at('none'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
      if (method === 'stat') expect(await store.stat(fileUri(root))).toMatchObject({ kind: 'directory' });
      else await expect(work(fileUri(root))).rejects.toMatchObject({ code: 'UNPROCESSABLE' });
    },
  );

  test('a process that only uses files does not load the AWS SDK', async () => {
    await put(join(root, 'a'), 'x');
    expect(await startChild('readFileOnly', root, 'a').lines(1)).toEqual(['0']);
  });

  test('localCopy is the file itself, within its size', async () => {
    await put(join(root, 'clip.mp4'), '12345');
    expect(await store.localCopy(at('clip.mp4'), temp())).toBe(join(root, 'clip.mp4'));
    await expect(store.localCopy(at('clip.mp4'), temp(), { maxBytes: 4 })).rejects.toMatchObject({
      code: 'PAYLOAD_TOO_LARGE',
    });
  });

  test('delete removes a file or a link, not what the link points to, and never a folder or a root', async () => {
    await put(join(root, 'a'), 'x');
    await symlink('a', join(root, 'link'));
    await store.delete(at('link'));
    expect(await readdir(root)).toEqual(['a']);
    await store.delete(at('a'));
    await store.delete(at('a'));
    await mkdir(join(root, 'folder'));
    await expect(store.delete(at('folder'))).rejects.toMatchObject({ name: 'SrvauError' });
    await expect(store.delete(fileUri(root))).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await readdir(root)).toEqual(['folder']);
  });
});

describe('list', () => {
  test('goes by the bytes of the relative paths, as S3 does', async () => {
    const names = ['a-b', 'a.txt', 'a/x', 'a/y/z', 'ab', 'b', 'Z', 'é', '😀', '\ufffd'];
    for (const name of names) await put(join(root, name));
    expect(await namesBelow(fileUri(root))).toEqual(
      names.sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y))),
    );
  });

  test('leaves out, and tells, what cannot be used; follows links but no loop', async () => {
    await put(join(root, 'real/a.mp4'));
    await put(join(root, '.a.0123456789abcdef.srvau-tmp'));
    await symlink(join(root, 'real'), join(root, 'alias'));
    await symlink(root, join(root, 'real', 'loop'));
    await symlink(outside, join(root, 'out'));
    await symlink('nowhere', join(root, 'broken'));
    execFileSync('mkfifo', [join(root, 'fifo')]);
    const skipped = new Map<string, string>();
    const found = await namesBelow(fileUri(root), (name, reason) => skipped.set(name.slice(root.length + 1), reason));
    expect(found).toEqual(['alias/a.mp4', 'real/a.mp4']);
    expect([...skipped.keys()].sort()).toEqual(['alias/loop', 'broken', 'fifo', 'out', 'real/loop']);
    expect(skipped.get('fifo')).toBe('a FIFO');
    expect(skipped.get('real/loop')).toBe('a link to a directory above it');
    expect(skipped.get('out')).toContain('leads out');
  });

  test('a file or nothing is no folder; an abort stops it', async () => {
    await put(join(root, 'a'));
    await expect(namesBelow(at('a'))).rejects.toMatchObject({ code: 'UNPROCESSABLE' });
    await expect(namesBelow(at('none'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const listing = store.list(fileUri(root), { signal: AbortSignal.abort() })[Symbol.asyncIterator]();
    await expect(listing.next()).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('folders', () => {
  test('names what is directly below, in the order of bytes, without what is in it', async () => {
    for (const name of ['b/x', 'a/y/z', 'a-b/x', 'é/x', 'file']) await put(join(root, name));
    await symlink(join(root, 'a'), join(root, 'link'));
    await symlink(outside, join(root, 'out'));
    await symlink(root, join(root, 'loop'));
    await symlink('nowhere', join(root, 'broken'));
    expect(await store.folders(fileUri(root))).toEqual(['a', 'a-b', 'b', 'link', 'é']);
    expect(await store.folders(at('a/y'))).toEqual([]);
    await expect(store.folders(at('file'))).rejects.toMatchObject({ code: 'UNPROCESSABLE' });
    await expect(store.folders(at('none'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(store.folders(fileUri(root), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'CANCELLED',
    });
  });
});
