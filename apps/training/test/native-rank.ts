import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { NativeMessage, NativeTask } from './native-child';

const RUNNER = join(__dirname, '../../../tests/support/run-ts.mjs');

/** native-child.ts in a process of its own. */
export class NativeRank {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  private readonly lines: AsyncIterator<string>;
  private readonly closed: Promise<unknown>;

  /** @param launcher goes before the command, to run it somewhere else */
  constructor(task: NativeTask, launcher: readonly string[] = []) {
    const own = [process.execPath, RUNNER, join(__dirname, 'native-child.ts'), JSON.stringify(task)];
    const [program = '', ...args] = [...launcher, ...own];
    // One thread: sums are in the same order everywhere.
    const env = { ...process.env, SRVAU_NATIVE_THREADS: '1' };
    this.process = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], env });
    this.closed = once(this.process, 'close');
    this.lines = createInterface(this.process.stdout)[Symbol.asyncIterator]();
  }

  /** @throws Error when the process ends without saying more */
  async next(): Promise<NativeMessage> {
    const { value, done } = await this.lines.next();
    if (done === true) throw new Error(`expected a message, received the end of the process`);
    return JSON.parse(value) as NativeMessage;
  }

  async end(): Promise<number | null> {
    await this.closed;
    return this.process.exitCode;
  }

  async kill(): Promise<void> {
    this.process.kill('SIGKILL');
    await this.closed;
  }
}

/** Starts all ranks of a group. Rank 0 listens on a port that is free, and says which. */
export async function startRanks(
  worldSize: number,
  taskOf: (rank: number) => Omit<NativeTask, 'rank' | 'worldSize' | 'port'>,
): Promise<NativeRank[]> {
  const first = new NativeRank({ ...taskOf(0), rank: 0, worldSize, port: 0 });
  const { port } = await first.next();
  if (port === undefined) throw new Error('expected a port, received none');
  const others = Array.from({ length: worldSize - 1 }, (_, i) => i + 1);
  return [first, ...others.map((rank) => new NativeRank({ ...taskOf(rank), rank, worldSize, port }))];
}
