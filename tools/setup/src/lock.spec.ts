import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { SetupLock } from './lock.mjs';
import { processStart } from './processes.mjs';

let dir: string;
let file: string;
const children: ChildProcess[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'srvau lock-'));
  file = join(dir, 'lock');
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
});

/** Runs a script as a module that has `SetupLock`, `file` and `dir`, in a process of its own. */
function script(body: string): ChildProcess {
  const imports = `
    import { SetupLock } from ${JSON.stringify(join(__dirname, 'lock.mjs'))};
    import { Children } from ${JSON.stringify(join(__dirname, 'children.mjs'))};
    import fs from 'node:fs';
    const file = ${JSON.stringify(file)}, dir = ${JSON.stringify(dir)};`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', imports + body], { stdio: 'inherit' });
  children.push(child);
  return child;
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`${what}: not within 30 s`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const HOLD = `await SetupLock.acquire(file); fs.writeFileSync(dir + '/held', ''); setInterval(() => {}, 1000);`;

describe('the lock of a checkout', () => {
  it('is free again after release, and leaves nothing', async () => {
    (await SetupLock.acquire(file)).release();
    (await SetupLock.acquire(file)).release();
    expect(readdirSync(dir)).toEqual([]);
  });

  it('makes a second one wait, and says for whom', async () => {
    const first = await SetupLock.acquire(file);
    let waitsFor: number | undefined;
    const second = SetupLock.acquire(file, { pollMs: 5, waiting: ({ pid }) => (waitsFor = pid) });
    await until('the second waits', () => waitsFor !== undefined);
    expect(waitsFor).toBe(process.pid);
    first.release();
    (await second).release();
  });

  it('can be waited for no longer', async () => {
    const first = await SetupLock.acquire(file);
    const stop = (): never => {
      throw new Error('stopped');
    };
    await expect(SetupLock.acquire(file, { check: stop })).rejects.toThrow('stopped');
    first.release();
  });

  it('outlives no holder that was killed', async () => {
    const holder = script(HOLD);
    await until('the lock is held', () => existsSync(join(dir, 'held')));
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    expect(existsSync(file)).toBe(true);
    (await SetupLock.acquire(file)).release();
    expect(readdirSync(dir)).toEqual(['held']);
  });

  it('is not believed when the number of its holder belongs to another process by now', async () => {
    const holder = {
      id: 'x',
      host: hostname(),
      pid: process.pid,
      start: 'another time',
      group: null,
      groupStart: null,
    };
    writeFileSync(file, JSON.stringify(holder));
    (await SetupLock.acquire(file)).release();
    expect(existsSync(file)).toBe(false);
  });

  it('of another machine is believed as long as it gives signs of life', async () => {
    const foreign = { id: 'x', host: 'elsewhere', pid: 1, start: '1', group: null, groupStart: null };
    writeFileSync(file, JSON.stringify(foreign));
    let host: string | undefined;
    const acquired = SetupLock.acquire(file, { pollMs: 5, waiting: (holder) => (host = holder.host) });
    await until('it waits', () => host === 'elsewhere');
    utimesSync(file, 1, 1);
    (await acquired).release();
  });

  it('ends the step that a killed holder left running', async () => {
    // The step starts a program itself, as npm and make do.
    const step = `require('child_process').spawn('sleep', ['600']); require('fs').writeFileSync(${JSON.stringify(join(dir, 'step'))}, String(process.pid)); setInterval(() => {}, 1000);`;
    const holder = script(`
      const lock = await SetupLock.acquire(file);
      const output = fs.openSync(dir + '/log', 'a');
      await new Children().runGroup(process.execPath, ['-e', ${JSON.stringify(step)}], {
        cwd: dir, env: process.env, output, started: (pid) => lock.note(pid) });`);
    await until('the step runs', () => existsSync(join(dir, 'step')) && readFileSync(join(dir, 'step'), 'utf8') !== '');
    await until('the step is noted', () => readFileSync(file, 'utf8').includes('"group":'));
    const pid = Number(readFileSync(join(dir, 'step'), 'utf8'));
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    expect(processStart(pid)).not.toBeNull();
    const lock = await SetupLock.acquire(file);
    expect(processStart(pid)).toBeNull();
    lock.release();
  });

  it('is held by one at a time, whoever dies in between', async () => {
    // Each writes its own token, waits, and looks whether it is still there; every third dies holding the lock.
    const ROUNDS = 15;
    const body = (index: number): string => `
      const lock = await SetupLock.acquire(file, { pollMs: 2 });
      const token = '${index}';
      fs.writeFileSync(dir + '/token', token);
      await new Promise((resolve) => setTimeout(resolve, 5));
      const seen = fs.readFileSync(dir + '/token', 'utf8');
      fs.appendFileSync(dir + '/seen', (seen === token ? 'alone' : 'together') + '\\n');
      if (${index} % 3 === 0) process.kill(process.pid, 'SIGKILL');
      lock.release();`;
    await Promise.all(Array.from({ length: ROUNDS }, (_, index) => once(script(body(index)), 'exit')));
    expect(readFileSync(join(dir, 'seen'), 'utf8')).toBe('alone\n'.repeat(ROUNDS));
  });
});
