import { type ChildProcess, spawn } from 'node:child_process';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** ffmpeg's programs, and those that start them. */
const PROGRAMS = new Set(['ffmpeg', 'ffprobe', 'setpriv', 'prlimit']);

/**
 * Names (or process ids) of the living decoders that a process has started; other specs of the same test process may
 * have children of their own. Linux; elsewhere none are seen.
 */
export async function runningDecoders(parent = process.pid, what: 'name' | 'pid' = 'name'): Promise<string[]> {
  const found: string[] = [];
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(pid)) continue;
    // Gone while we look: then it is not running.
    const line = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
    const [, name = '', state, itsParent] = /^\d+ \((.*)\) (\S) (\d+)/.exec(line) ?? [];
    const isOurs = itsParent === String(parent) && PROGRAMS.has(name);
    if (isOurs && state !== 'Z') found.push(what === 'pid' ? pid : name);
  }
  return found;
}

/** Runs a script in a Node process of its own, on the TypeScript sources of this package; `require` starts at src. */
export function startOnSources(script: string, args: string[]): ChildProcess & { pid: number } {
  const runner = join(__dirname, '../../../tests/support/run-ts.mjs');
  const child = spawn(process.execPath, [runner, join(__dirname, 'on-sources.ts'), ...args], {
    env: { ...process.env, SCRIPT: script },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('the child process did not start');
  return Object.assign(child, { pid });
}

/** Waits for a condition by looking again and again. */
export async function until(condition: () => Promise<boolean>, deadlineMs = 30_000): Promise<void> {
  const end = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`the condition was not met within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
