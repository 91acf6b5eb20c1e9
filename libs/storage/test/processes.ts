import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

export interface Child {
  process: ChildProcessByStdio<Writable, Readable, null>;
  /** Resolves when that many lines have come; rejects when the child ends before. */
  lines(count: number): Promise<string[]>;
  /** SIGKILL, and wait until it is gone. Resolves to everything that was printed. */
  kill(): Promise<string[]>;
}

const running = new Set<Child>();

/** Ends whatever a test left running, also one that failed. */
export async function killChildren(): Promise<void> {
  await Promise.all([...running].map((child) => child.kill()));
}

/** Starts an action of child.ts. */
export function startChild(action: string, path: string, argument = ''): Child {
  const here = __dirname;
  const child = spawn(
    process.execPath,
    [join(here, '../../../tests/support/run-ts.mjs'), join(here, 'child.ts'), action, path, argument],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const printed: string[] = [];
  const waiting = new Set<() => void>();
  const wake = (): void => waiting.forEach((check) => check());
  createInterface(child.stdout).on('line', (line) => {
    printed.push(line);
    wake();
  });
  const closed = once(child, 'close').then(wake);
  const started: Child = {
    process: child,
    lines: (count) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          const ended = child.exitCode !== null || child.signalCode !== null;
          if (printed.length < count && !ended) return;
          waiting.delete(check);
          if (printed.length >= count) resolve([...printed]);
          else reject(new Error(`the child ended after ${printed.length} of ${count} lines`));
        };
        waiting.add(check);
        check();
      }),
    kill: async () => {
      child.kill('SIGKILL');
      await closed;
      running.delete(started);
      return [...printed];
    },
  };
  running.add(started);
  return started;
}

/** Small deterministic generator (mulberry32), so that a failing schedule can be run again. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
