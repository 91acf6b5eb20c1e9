import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Tell } from '../tell.mjs';
import { nodeModules } from './node-modules.mjs';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'srvau-npm-'));
  mkdirSync(join(root, 'node_modules'));
  write('package.json', { dependencies: { rxjs: '7.8.2' } });
  write('package-lock.json', {
    packages: { '': { dependencies: { rxjs: '7.8.2' } }, 'node_modules/rxjs': { version: '7.8.2', integrity: 'x' } },
  });
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function write(path: string, value: object): void {
  writeFileSync(join(root, path), JSON.stringify(value));
}

const ran: string[][] = [];
const context = (run: () => Promise<void> = async () => undefined): Parameters<typeof nodeModules.make>[0] => ({
  root,
  env: {},
  tell: new Tell(process.stderr),
  run: async (file, args) => {
    ran.push([file, ...args]);
    await run();
  },
});

describe('npm ci', () => {
  beforeEach(() => ran.splice(0));

  it('is not needed where npm finished the same lock file', () => {
    write('node_modules/.package-lock.json', {
      packages: { 'node_modules/rxjs': { version: '7.8.2', integrity: 'x' } },
    });
    expect(nodeModules.isDone(context())).toBe(true);
  });

  it('is needed where npm did not finish', () => {
    expect(nodeModules.isDone(context())).toBe(false);
  });

  it('leaves nothing that looks finished when it is killed', async () => {
    write('node_modules/.package-lock.json', { packages: {} });
    const killed = nodeModules.make(context(() => Promise.reject(new Error('killed'))));
    await expect(killed).rejects.toThrow('killed');
    expect(ran).toEqual([['npm', 'ci', '--no-audit', '--no-fund', '--include=dev']]);
    expect(existsSync(join(root, 'node_modules/.package-lock.json'))).toBe(false);
  });

  it('is not tried where only npm install helps', async () => {
    write('package.json', { dependencies: { rxjs: '7.8.2', uuid: '11.0.0' } });
    expect(nodeModules.isDone(context())).toBe(false);
    await expect(nodeModules.make(context())).rejects.toMatchObject({
      message: expect.stringContaining('dependencies of package.json differ from package-lock.json'),
      fixes: ['npm install'],
    });
    expect(ran).toEqual([]);
  });
});
