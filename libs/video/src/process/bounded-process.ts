import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { type MediaProgram, mediaProgram } from './binaries';
import { Deadline } from './deadline';
import { launcherPrefix } from './launcher';
import { TextWindow } from './text-window';

export interface BoundedOptions {
  timeoutMs: number;
  memoryMb: number;
  cwd?: string;
  /** Pipes into the process beside the usual three, which it finds as file descriptors 3, 4, … (`pipe:3` for ffmpeg). */
  inputs?: number;
  /** Kills the process; the caller then throws `signal.reason`. */
  signal?: AbortSignal | undefined;
}

export interface ProcessExit {
  /** The program could not be started at all. */
  startError?: Error;
  code: number | null;
  killedBy: NodeJS.Signals | null;
  timedOut: boolean;
  /** Head and tail of what was written, at most some 16 kB. */
  stderr: string;
}

/** A running ffmpeg or ffprobe. */
export interface BoundedProcess {
  readonly stdout: Readable;
  /** As many as were asked for. An error of one of them is told by `exit`: the process went away. */
  readonly inputs: readonly Duplex[];
  /** Resolves when the process is gone and its pipes are closed. Never rejects: nobody may be waiting for it yet. */
  readonly exit: Promise<ProcessExit>;
  readonly deadline: Deadline;
  /** SIGKILL to the whole process group; harmless when it has ended. */
  kill(): void;
}

/** Variables a media process may see: a hostile video that took ffmpeg over must not find our credentials. */
const PASSED_ON = ['PATH', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'HOME', 'TMPDIR', 'LANG'];

/** Starts ffmpeg or ffprobe under a deadline and a memory limit, in a process group of its own, without shell or stdin. */
export async function startBounded(
  program: MediaProgram,
  args: readonly string[],
  options: BoundedOptions,
): Promise<BoundedProcess> {
  const [path, prefix] = await Promise.all([mediaProgram(program), launcherPrefix(options.memoryMb)]);
  options.signal?.throwIfAborted();
  const [command, ...rest] = [...prefix, path, ...args] as [string, ...string[]];
  const child = spawn(command, rest, {
    stdio: ['ignore', 'pipe', 'pipe', ...Array<'pipe'>(options.inputs ?? 0).fill('pipe')],
    // A group of its own, so that one kill reaches whatever ffmpeg may have started.
    detached: true,
    env: childEnvironment(),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  const kill = (): void => killGroup(child);
  const deadline = new Deadline(options.timeoutMs, kill);
  const inputs = child.stdio.slice(3) as Duplex[];
  for (const input of inputs) {
    input.on('error', () => undefined);
    // Nothing comes this way; but only a stream that is read sees its end.
    input.resume();
  }
  const stdout = child.stdout as Readable;
  return { stdout, inputs, exit: watch(child, deadline, kill, options.signal), deadline, kill };
}

/** Runs to the end and collects standard output, of which more than `maxStdoutBytes` ends the process. */
export async function runBounded(
  program: MediaProgram,
  args: readonly string[],
  options: BoundedOptions & { maxStdoutBytes: number },
): Promise<ProcessExit & { stdout: Buffer }> {
  const running = await startBounded(program, args, options);
  const chunks: Buffer[] = [];
  let bytes = 0;
  running.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= options.maxStdoutBytes) chunks.push(chunk);
    else running.kill();
  });
  const exit = await running.exit;
  options.signal?.throwIfAborted();
  return { ...exit, stdout: Buffer.concat(chunks) };
}

function watch(
  child: ChildProcess,
  deadline: Deadline,
  kill: () => void,
  signal: AbortSignal | undefined,
): Promise<ProcessExit> {
  const stderr = new TextWindow();
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  signal?.addEventListener('abort', kill, { once: true });
  return new Promise<ProcessExit>((resolve) => {
    const end = (code: number | null, killedBy: NodeJS.Signals | null, startError?: Error): void =>
      resolve({
        code,
        killedBy,
        timedOut: deadline.expired,
        stderr: stderr.toString(),
        ...(startError === undefined ? {} : { startError }),
      });
    child.once('error', (error) => end(null, null, error));
    child.once('close', (code, killedBy) => end(code, killedBy));
  }).finally(() => {
    deadline.cancel();
    signal?.removeEventListener('abort', kill);
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    // Gone between the check and the signal.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function childEnvironment(): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {
    AV_LOG_FORCE_NOCOLOR: '1',
    // glibc reserves 64 MiB of address space for the arena of each thread; two arenas leave the limit to the pictures.
    MALLOC_ARENA_MAX: '2',
  };
  for (const name of PASSED_ON) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}
