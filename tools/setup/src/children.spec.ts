import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processStart } from './processes.mjs';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'srvau-children-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const imports = `
  import { Children, Interrupted } from ${JSON.stringify(join(__dirname, 'children.mjs'))};
  import fs from 'node:fs';
  const children = new Children();
  children.listen();`;

async function run(body: string, signalOnceReady?: NodeJS.Signals): Promise<number | null> {
  const parent = spawn(process.execPath, ['--input-type=module', '-e', imports + body], {
    cwd: dir,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const exit = once(parent, 'exit');
  if (signalOnceReady !== undefined) {
    const deadline = Date.now() + 30_000;
    while (!existsSync(join(dir, 'ready'))) {
      if (Date.now() > deadline) throw new Error('not ready within 30 s');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    parent.kill(signalOnceReady);
  }
  const [code] = (await exit) as [number | null];
  return code;
}

const WAITS = `require('fs').writeFileSync('pid', String(process.pid)); require('fs').renameSync('pid', 'ready'); setInterval(() => {}, 1000);`;
const readyPid = (): number => Number(readFileSync(join(dir, 'ready'), 'utf8'));

describe('a job', () => {
  it.each([0, 3])('passes its exit status %i through', async (status) => {
    const body = `process.exitCode = await children.run(process.execPath, ['-e', 'process.exit(${status})'], { cwd: '.' });`;
    expect(await run(body)).toBe(status);
  });

  it('that dies of a signal ends with 128 + its number', async () => {
    const body = `process.exitCode = await children.run('sh', ['-c', 'kill -9 $$'], { cwd: '.' });`;
    expect(await run(body)).toBe(137);
  });

  it('gets the signal and may answer it in its own way', async () => {
    const answers = `process.on('SIGTERM', () => process.exit(7)); ${WAITS}`;
    const body = `process.exitCode = await children.run(process.execPath, ['-e', ${JSON.stringify(answers)}], { cwd: '.' });`;
    expect(await run(body, 'SIGTERM')).toBe(7);
  });
});

describe('a step', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    'ends on %s together with the programs it started',
    async (signal) => {
      const grandchild = `node -e "${WAITS.replaceAll('"', '\\"')}"`;
      const body = `
      const output = fs.openSync('log', 'w');
      try {
        await children.runGroup('sh', ['-c', ${JSON.stringify(`${grandchild}; true`)}], { cwd: '.', env: process.env, output });
      } catch (error) {
        process.exitCode = error instanceof Interrupted ? error.exitStatus : 99;
      }
      children.unlisten();`;
      const status = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129 }[signal];
      expect(await run(body, signal)).toBe(status);
      const deadline = Date.now() + 30_000;
      while (processStart(readyPid()) !== null && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      expect(processStart(readyPid())).toBeNull();
    },
  );
});
