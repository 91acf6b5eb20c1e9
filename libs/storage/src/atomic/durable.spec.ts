import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDirectory, makeDirectories } from './durable';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'srvau-durable-'));
});
afterEach(() => rm(root, { recursive: true }));

describe('makeDirectories', () => {
  it('makes what is missing and says where it began', async () => {
    expect(await makeDirectories(join(root, 'a', 'b', 'c'))).toBe(join(root, 'a'));
    expect(await makeDirectories(join(root, 'a', 'b', 'd'))).toBe(join(root, 'a', 'b', 'd'));
    expect(await makeDirectories(join(root, 'a', 'b'))).toBeUndefined();
    expect((await stat(join(root, 'a', 'b', 'c'))).isDirectory()).toBe(true);
  });

  it('makes the same directories from several places at once', async () => {
    const first = await Promise.all(
      Array.from({ length: 20 }, (_, i) => makeDirectories(join(root, 'x', 'y', `${i % 3}`))),
    );
    expect(first.filter((made) => made === join(root, 'x'))).toHaveLength(1);
  });

  it('refuses a file in the way', async () => {
    await writeFile(join(root, 'file'), '');
    await expect(makeDirectories(join(root, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(ensureDirectory(join(root, 'file', 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it('ends where no directory can be made although its parent is there', async () => {
    // Node's own would not, on Linux.
    await expect(makeDirectories('/proc/srvau/below')).rejects.toMatchObject({ syscall: 'mkdir' });
  });
});
