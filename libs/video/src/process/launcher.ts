import { spawn } from 'node:child_process';
import { findOnPath } from './binaries';

/**
 * Command prefix that puts a process under limits and then becomes it (exec, no shell):
 * `setpriv --pdeathsig` ends ffmpeg with us even when we die by SIGKILL, `prlimit --as` bounds its memory.
 *
 * Both are part of util-linux. Where one is absent or too simple (busybox, macOS) it is left out: then time, picture
 * size and single allocations are still bounded by ffmpeg's own options and by the deadline.
 */
export async function launcherPrefix(memoryMb: number): Promise<string[]> {
  const { setpriv, prlimit } = await (tools ??= findTools());
  return [
    ...(setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL', '--']),
    ...(prlimit === undefined ? [] : [prlimit, `--as=${Math.ceil(memoryMb * 2 ** 20)}`, '--core=0', '--']),
  ];
}

interface Tools {
  setpriv: string | undefined;
  prlimit: string | undefined;
}

let tools: Promise<Tools> | undefined;

async function findTools(): Promise<Tools> {
  const [setpriv, prlimit] = await Promise.all([
    usable('setpriv', ['--pdeathsig', 'KILL', '--']),
    usable('prlimit', [`--as=${2 ** 31}`, '--core=0', '--']),
  ]);
  return { setpriv, prlimit };
}

/** A tool counts only when a trial run with the very options we need succeeds. */
async function usable(name: string, args: string[]): Promise<string | undefined> {
  const [path, noop] = await Promise.all([findOnPath(name), findOnPath('true')]);
  if (path === undefined || noop === undefined) return undefined;
  const code = await new Promise<number | null>((done) => {
    const child = spawn(path, [...args, noop], { stdio: 'ignore' });
    child.once('error', () => done(null));
    child.once('exit', done);
  });
  return code === 0 ? path : undefined;
}
