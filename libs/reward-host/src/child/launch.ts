import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import type { Limits } from './limits';

/** Which JavaScript a child runs; specs run it from the sources. */
export interface ChildProgram {
  readonly file: string;
  readonly argv: readonly string[];
}

/** File descriptors of a child beside the standard ones. */
export const CHANNEL_FD = 3;
/** Nobody writes into it: the kernel closes it when we end, however we do. */
export const LIFELINE_FD = 4;

/**
 * Enough to run: where programs, libraries, certificates and temporary files are, and how to write for people. Everything
 * else stays with us, credentials above all.
 */
const PASSED_ON = [
  ...['PATH', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'HOME', 'TMPDIR', 'NODE_ENV'],
  ...['LANG', 'LANGUAGE', 'LC_ALL', 'LC_CTYPE', 'TZ', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS'],
];

/** What Node.js and we have writable before a program has anything: young generation, stacks of threads, our own code. */
const OWN_MB = 256;

/**
 * Bounds the writable private memory (RLIMIT_DATA) and becomes the program. A limit of the address space would not do: the
 * engine reserves far more of it than it ever uses.
 */
const LIMITED = 'ulimit -c 0; ulimit -d "$1" 2>/dev/null; shift; exec "$@"';

export interface LaunchedChild {
  readonly process: ChildProcess;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly channel: Socket;
}

/** Starts a program in a process group of its own, in a folder, without standard input. */
export function launch({ file, argv }: ChildProgram, cwd: string, { memoryMb, env }: Limits): LaunchedChild {
  const limitKb = (memoryMb + OWN_MB) * 1024;
  const node = [process.execPath, `--max-old-space-size=${memoryMb}`, file, ...argv];
  const child = spawn('/bin/sh', ['-c', LIMITED, 'sh', String(limitKb), ...node], {
    cwd,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
    // Ctrl-C in a terminal goes to our group; one signal to the child's reaches whatever the plugin started.
    detached: true,
  });
  const [, stdout, stderr, channel, lifeline] = child.stdio as unknown as [null, Readable, Readable, Socket, Socket];
  // A child that ends closes them in whatever state they are; its end is told by itself.
  for (const socket of [channel, lifeline]) socket.on('error', () => undefined);
  return { process: child, stdout, stderr, channel };
}

/** SIGKILL to the child and what it started; harmless where nothing is left of them. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function environment(more: readonly string[]): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const name of [...PASSED_ON, ...more]) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}
