import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from './eventually';
import { killHard } from './service-process';
import { type TempHome, tempHome } from './temp-home';

const PROGRAM = resolve(__dirname, '../../../apps/cli/bin/srvau.mjs');
const DEADLINE_MS = 120_000;

export interface CliResult {
  /** Null when it was killed. */
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A running `srvau` command. */
export class CliRun {
  stdout = '';
  stderr = '';
  readonly ended: Promise<CliResult>;

  constructor(readonly child: ChildProcess) {
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (this.stdout += chunk));
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (this.stderr += chunk));
    this.ended = new Promise((done) => {
      child.once('close', (code) => done({ code, stdout: this.stdout, stderr: this.stderr }));
    });
  }

  /** Waits until standard error holds `pattern`; fails when the command ends without it. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    const over = (): boolean => this.child.exitCode !== null || this.child.signalCode !== null;
    await eventually(`${pattern} in the output`, () => pattern.test(this.stderr) || over(), DEADLINE_MS);
    const match = pattern.exec(this.stderr);
    if (match === null) throw new Error(`the command ended without ${pattern}:\n${this.stderr}`);
    return match;
  }
}

/** A state directory and a folder to work in, of one test. */
export class CliHome {
  private constructor(
    private readonly temp: TempHome,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  static async create(env: NodeJS.ProcessEnv = {}): Promise<CliHome> {
    return new CliHome(await tempHome(), env);
  }

  get dir(): string {
    return this.temp.dir;
  }

  get home(): string {
    return join(this.dir, 'home');
  }

  /** @param stdin `pipe` leaves it open, for the test to write to; else there is none */
  start(args: readonly string[], env: NodeJS.ProcessEnv = {}, stdin: 'ignore' | 'pipe' = 'ignore'): CliRun {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('SRVAU_'));
    const child = spawn(process.execPath, [PROGRAM, ...args], {
      cwd: this.dir,
      stdio: [stdin, 'pipe', 'pipe'],
      env: { ...Object.fromEntries(inherited), SRVAU_HOME: this.home, ...this.env, ...env },
    });
    return new CliRun(child);
  }

  /** @param input for standard input */
  run(args: readonly string[], env: NodeJS.ProcessEnv = {}, input?: string): Promise<CliResult> {
    const { child, ended } = this.start(args, env, input === undefined ? 'ignore' : 'pipe');
    child.stdin?.end(input);
    return ended;
  }

  /** `run` with --json, for a command that is to succeed. */
  async json<T>(args: readonly string[]): Promise<T> {
    const { code, stdout, stderr } = await this.run([...args, '--json']);
    if (code !== 0) throw new Error(`srvau ${args.join(' ')} ended with ${code}:\n${stderr}`);
    return JSON.parse(stdout) as T;
  }

  /** Ids of living processes that belong to this state directory, services and NATS included. */
  async processes(): Promise<{ pid: number; command: string }[]> {
    // `e` also shows the environment, where SRVAU_HOME stands.
    // In other locales it writes ? for letters beyond ASCII, and the directory has one.
    const env = { ...process.env, LC_ALL: 'C.UTF-8' };
    const options = { env, maxBuffer: 64 * 2 ** 20 };
    const { stdout } = await promisify(execFile)('ps', ['axeww', '-o', 'pid=,command='], options);
    return stdout
      .split('\n')
      .filter((line) => line.includes(this.dir))
      .map((line) => ({ pid: Number.parseInt(line, 10), command: line.trim().replace(/^\d+ /, '') }));
  }

  /** Waits for the process of a service that a command has started. */
  async servicePid(service: string, except?: number): Promise<number> {
    const program = `apps/${service}/dist/main.js`;
    const find = async (): Promise<number | undefined> =>
      (await this.processes()).find(({ pid, command }) => pid !== except && command.includes(program))?.pid;
    return eventually(`a process of the ${service} service`, find, DEADLINE_MS);
  }

  /** Waits until nothing of this state directory runs; the NATS keeper lingers for a moment. */
  async quiet(): Promise<void> {
    await eventually('nothing is left running', async () => {
      const left = (await this.processes()).map(({ pid, command }) => `${pid} ${command.slice(0, 100)}`);
      if (left.length > 0) throw new Error(`expected no process of ${this.dir}, found:\n${left.join('\n')}`);
      return true;
    });
  }

  /** As a power cut would. */
  async killAll(): Promise<void> {
    for (const { pid } of await this.processes()) {
      try {
        killHard(pid);
      } catch {
        // It ended between the listing and now.
      }
    }
  }

  /** Ends what is left of a failed test, and removes the folder. */
  async remove(): Promise<void> {
    await this.killAll();
    await this.temp[Symbol.asyncDispose]();
  }
}
