import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { StructuredLog } from '@srvau/contracts';
import type { FromRank, RankFailed, ToRank } from './protocol';

/** Which JavaScript a rank runs; specs run one of their own. */
export interface RankProgram {
  readonly file: string;
  readonly execArgv?: readonly string[];
}

/** How a rank's process ended. */
export interface RankEnd {
  readonly rank: number;
  readonly pid: number | undefined;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What it said of itself. */
  readonly failed: RankFailed | undefined;
  /** Why we killed it, where we did. */
  readonly killedFor: string | undefined;
  /** Last lines of standard error: native code says there what it died of. */
  readonly lastWords: readonly string[];
}

const KEPT_LINES = 10;

/**
 * A process of one rank. It talks over Node's IPC channel, which the kernel closes when either end is gone, and logs to our
 * standard output.
 */
export class RankProcess {
  /** Never rejects. By then all that the rank has said has been received. */
  readonly ended: Promise<RankEnd>;
  private readonly child: ChildProcess;
  private failed: RankFailed | undefined;
  private killedFor: string | undefined;
  private heardAt = performance.now();
  private readonly lastWords: string[] = [];

  constructor(
    readonly rank: number,
    program: RankProgram,
    log: StructuredLog,
    onMessage: (message: FromRank) => void,
  ) {
    this.child = fork(program.file, [], {
      execArgv: [...(program.execArgv ?? [])],
      // Carries NaN, and byte arrays as they are.
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
    });
    this.child.on('message', (message) => {
      this.heardAt = performance.now();
      const told = message as FromRank;
      if (told.type === 'failed') this.failed = told;
      onMessage(told);
    });
    const { stderr, pid } = this.child;
    if (stderr !== null) {
      createInterface({ input: stderr }).on('line', (line) => {
        this.lastWords.push(line);
        if (this.lastWords.length > KEPT_LINES) this.lastWords.shift();
        log.warn({ rank, rankPid: pid, line }, 'a rank wrote to standard error');
      });
    }
    this.ended = this.untilEnd();
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Time since it last said anything. */
  get silentMs(): number {
    return performance.now() - this.heardAt;
  }

  /** To a rank that is gone, or about to be, it says nothing; its end is told by itself. */
  send(message: ToRank): void {
    if (this.child.connected) this.child.send(message, () => undefined);
  }

  kill(why: string): void {
    const { exitCode, signalCode } = this.child;
    if (exitCode !== null || signalCode !== null) return;
    this.killedFor ??= why;
    this.child.kill('SIGKILL');
  }

  private untilEnd(): Promise<RankEnd> {
    return new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        const { rank, pid, failed, killedFor, lastWords } = this;
        resolve({ rank, pid, code, signal, failed, killedFor, lastWords });
      };
      // Each time: an error that nobody hears ends the service.
      this.child.on('error', (error) => {
        // It could not be started; an error of the channel comes with the end of the process.
        if (this.child.pid !== undefined) return;
        this.lastWords.push(error.message);
        end(null, null);
      });
      this.child.once('close', end);
    });
  }
}
