import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashInputs, Stamp } from './stamp.mjs';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'srvau-stamp-'));
  write('src/a.ts', 'one');
  write('src/b/c.ts', 'two');
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(join(dir, path, '..'), { recursive: true });
  writeFileSync(join(dir, path), text);
}

describe('the hash of inputs', () => {
  const hash = (): string =>
    hashInputs(dir, ['src', 'package.json'], (path) => path.endsWith('.ts') || path.endsWith('.json'));

  it('does not see times, outputs and files that do not count', () => {
    const before = hash();
    utimesSync(join(dir, 'src/a.ts'), 1, 1);
    write('src/dist/a.ts', 'output');
    write('src/node_modules/x/index.ts', 'package');
    write('src/notes.txt', 'notes');
    expect(hash()).toBe(before);
  });

  it.each([
    ['a changed file', () => write('src/b/c.ts', 'TWO')],
    ['a new file', () => write('src/d.ts', '')],
    ['a file that came into being', () => write('package.json', '')],
    ['a renamed file', () => (rmSync(join(dir, 'src/a.ts')), write('src/aa.ts', 'one'))],
    ['text that moved from one file to the next', () => (write('src/a.ts', 'onet'), write('src/b/c.ts', 'wo'))],
  ])('sees %s', (_what, change) => {
    const before = hash();
    change();
    expect(hash()).not.toBe(before);
  });
});

describe('a stamp', () => {
  it('is what was written last, and nothing once cleared', () => {
    const stamp = new Stamp(join(dir, 'build/.inputs'));
    expect(stamp.read()).toBeNull();
    stamp.write('abc');
    expect(new Stamp(join(dir, 'build/.inputs')).read()).toBe('abc');
    stamp.clear();
    stamp.clear();
    expect(stamp.read()).toBeNull();
  });
});
