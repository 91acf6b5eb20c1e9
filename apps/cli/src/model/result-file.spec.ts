import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resultPath, writeResult } from './result-file';

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'srvau-result-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

describe('the file of a result', () => {
  it('may be new, or take the place of another', async () => {
    writeFileSync(join(dir, 'request.json'), '{}');
    for (const name of ['new.json', 'new.json']) {
      expect(await resultPath(name, dir, join(dir, 'request.json'))).toBe(join(dir, name));
      await writeResult(join(dir, name), { a: [1, null] });
    }
    expect(readFileSync(join(dir, 'new.json'), 'utf8')).toBe('{"a":[1,null]}\n');
    expect(readdirSync(dir).sort()).toEqual(['new.json', 'request.json']);
  });

  it('is refused before anything is computed', async () => {
    mkdirSync(join(dir, 'folder'));
    writeFileSync(join(dir, 'request.json'), '{}');
    symlinkSync('request.json', join(dir, 'link.json'));
    const codeOf = (typed: string): Promise<unknown> =>
      resultPath(typed, dir, join(dir, 'request.json')).then(
        () => 'taken',
        (error: unknown) => error,
      );
    expect(await codeOf('none/a.json')).toMatchObject({ code: 'NOT_FOUND' });
    for (const typed of ['folder', 'a.json/', 'request.json', 'link.json']) {
      expect(await codeOf(typed)).toMatchObject({ code: 'UNPROCESSABLE' });
    }
  });

  it('is written through a link, which stays', async () => {
    writeFileSync(join(dir, 'target.json'), 'old');
    symlinkSync('target.json', join(dir, 'link.json'));
    await writeResult(join(dir, 'link.json'), 1);
    expect(readFileSync(join(dir, 'target.json'), 'utf8')).toBe('1\n');
    expect(lstatSync(join(dir, 'link.json')).isSymbolicLink()).toBe(true);
  });

  // As root a rename would put a file in the place of the device; here it would land in a folder of our own.
  it('is written to where it is a device, which stays', async () => {
    symlinkSync('/dev/null', join(dir, 'null'));
    await writeResult(join(dir, 'null'), 1);
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
    expect(lstatSync(join(dir, 'null')).isSymbolicLink()).toBe(true);
    symlinkSync('/dev/full', join(dir, 'full'));
    await expect(writeResult(join(dir, 'full'), 1)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(lstatSync('/dev/full').isCharacterDevice()).toBe(true);
  });
});
