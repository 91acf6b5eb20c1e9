import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { RankListens, RankPlace } from './as-rank';

const RUNNER = join(__dirname, '../../../tests/support/run-ts.mjs');

/** A program that is one rank, see as-rank.ts, in a process of its own. It takes a task, and says messages. */
export class RankChild<Message extends object> {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  private readonly lines: AsyncIterator<string>;
  private readonly closed: Promise<unknown>;

  /**
   * @param program file beside this one
   * @param launcher goes before the command, to run it somewhere else
   */
  constructor(program: string, task: RankPlace, launcher: readonly string[] = []) {
    const own = [process.execPath, RUNNER, join(__dirname, program), JSON.stringify(task)];
    const [command = '', ...args] = [...launcher, ...own];
    // One thread: sums are in the same order everywhere.
    const env = { ...process.env, SRVAU_NATIVE_THREADS: '1' };
    this.process = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env });
    this.closed = once(this.process, 'close');
    this.lines = createInterface(this.process.stdout)[Symbol.asyncIterator]();
  }

  /** @throws Error when the process ends without saying more */
  async next(): Promise<Message> {
    const { value, done } = await this.lines.next();
    if (done === true) throw new Error(`expected a message, received the end of the process`);
    return JSON.parse(value) as Message;
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

/** Starts all ranks of a group. Rank 0 listens on a port that is free, and says which; one alone needs none. */
export async function startRanks<Message extends object>(
  program: string,
  worldSize: number,
  taskOf: (place: RankPlace) => RankPlace,
): Promise<RankChild<Message>[]> {
  const start = (rank: number, port: number): RankChild<Message> =>
    new RankChild(program, taskOf({ rank, worldSize, port }));
  const first = start(0, 0);
  if (worldSize === 1) return [first];
  const { port } = (await first.next()) as RankListens;
  if (port === undefined) throw new Error('expected a port, received none');
  return [first, ...Array.from({ length: worldSize - 1 }, (_, i) => start(i + 1, port))];
}
