import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';

/** What a process of child-rank.ts is to do; crosses as JSON. */
export interface RankTask {
  readonly do: 'train' | 'wait' | 'exit';
  readonly rank: number;
  /** 0: one process without a group, which does the parts of two. */
  readonly worldSize: number;
  readonly port: number;
  readonly timeoutMs?: number;
  readonly seed?: number;
  readonly grpo?: boolean;
  readonly steps?: number;
  /** Where the model and the optimizer's state are saved. */
  readonly dir?: string;
}

/** What it says, one in a line. */
export interface RankMessage {
  readonly port?: number;
  readonly step?: number;
  readonly losses?: readonly number[];
  readonly norms?: readonly number[];
  readonly error?: { readonly code: string; readonly message: string };
}

/** A rank in a process of its own, straight from the sources. */
export class RankProcess {
  private readonly child: ChildProcess;
  private readonly messages: AsyncIterator<string>;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  /** What it has written to standard error. */
  stderr = '';

  constructor(task: RankTask) {
    const runner = join(__dirname, '../../../tests/support/run-ts.mjs');
    this.child = spawn(process.execPath, [runner, join(__dirname, 'child-rank.ts'), JSON.stringify(task)], {
      // One thread: sums are in the same order everywhere.
      env: { ...process.env, SRVAU_NATIVE_THREADS: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    if (this.child.stdout === null) throw new Error('a child without an output');
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    const lines: Interface = createInterface(this.child.stdout);
    this.messages = lines[Symbol.asyncIterator]();
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code, signal) => resolve({ code, signal }));
    });
  }

  /** The next message; throws when the process ends without one. */
  async next(): Promise<RankMessage> {
    const { value, done } = await this.messages.next();
    if (done === true) throw new Error(`a rank ended: ${JSON.stringify(await this.ended)}`);
    return JSON.parse(value) as RankMessage;
  }

  async port(): Promise<number> {
    const { port, error } = await this.next();
    if (port === undefined) throw new Error(`expected a port, received ${JSON.stringify(error)}`);
    return port;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}

/** Starts all ranks of a group. Rank 0 listens on a port that is free, and says which. */
export async function startRanks(
  worldSize: number,
  task: Omit<RankTask, 'rank' | 'worldSize' | 'port'>,
): Promise<RankProcess[]> {
  const first = new RankProcess({ ...task, rank: 0, worldSize, port: 0 });
  const port = await first.port();
  const others = Array.from(
    { length: worldSize - 1 },
    (_, i) => new RankProcess({ ...task, rank: i + 1, worldSize, port }),
  );
  return [first, ...others];
}
