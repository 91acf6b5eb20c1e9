import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { ServiceName } from '@srvau/contracts';
import { eventually } from './eventually';

const ROOT = join(__dirname, '../../..');

export interface ServiceProcessOptions {
  /** Variables of the service; nothing of the test's own environment gets in but PATH and HOME. */
  env?: Record<string, string>;
  args?: string[];
  /** Opens an IPC channel, as `srvau` does for its children. */
  ipc?: boolean;
  /** By default the built program of the service. */
  program?: string;
  /** Program and arguments that run the service by `exec`, as its process id is that of the service. */
  launcher?: readonly string[];
}

/** One line of a service's log. */
export type LogLine = Record<string, unknown> & { level: string; msg: string };

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A built service as a process of its own. It is killed when the test that holds it ends. */
export class ServiceProcess implements AsyncDisposable {
  readonly exited: Promise<Exit>;
  readonly messages: unknown[] = [];
  stdout = '';
  stderr = '';
  private readonly child: ChildProcess;

  constructor(service: ServiceName, options: ServiceProcessOptions = {}) {
    const program = options.program ?? programOf(service);
    const [command = process.execPath, ...args] = [
      ...(options.launcher ?? []),
      ...[process.execPath, program, ...(options.args ?? [])],
    ];
    this.child = spawn(command, args, {
      env: serviceEnv(options.env),
      stdio: ['ignore', 'pipe', 'pipe', ...(options.ipc === true ? ['ipc' as const] : [])],
    });
    this.child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (this.stdout += chunk));
    this.child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (this.stderr += chunk));
    this.child.on('message', (message) => this.messages.push(message));
    this.exited = this.end();
  }

  get pid(): number {
    const { pid } = this.child;
    // To kill(2), -1 is every process of the user.
    if (pid === undefined) throw new Error('the service could not be started');
    return pid;
  }

  /** Whether it has not ended yet. */
  get isRunning(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** The log so far. */
  get log(): LogLine[] {
    return this.stdout
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as LogLine);
  }

  /** Waits for a line of the log. */
  logged(message: string): Promise<LogLine> {
    return this.whileAlive(`log line "${message}"`, () => this.log.find((line) => line.msg === message));
  }

  /** Waits until the service says that it is ready. */
  async ready(): Promise<this> {
    await this.logged('ready');
    return this;
  }

  /** GET on the service's own HTTP port, as soon as it listens. */
  async http(path: string, init: RequestInit = {}): Promise<{ status: number; headers: Headers; body: string }> {
    const port = String((await this.logged('HTTP listens'))['httpPort']);
    const headers = new Headers(init.headers);
    headers.set('connection', 'close');
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers });
    return { status: response.status, headers: response.headers, body: await response.text() };
  }

  /** Waits until `/readyz` answers with this status. */
  async readyz(status: 200 | 503): Promise<{ ready: boolean; reasons: string[] }> {
    return this.whileAlive(`/readyz ${status}`, async () => {
      const answer = await this.http('/readyz');
      return answer.status === status && (JSON.parse(answer.body) as { ready: boolean; reasons: string[] });
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  disconnect(): void {
    this.child.disconnect();
  }

  /** SIGTERM, and the exit that follows. */
  stop(): Promise<Exit> {
    this.signal('SIGTERM');
    return this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal('SIGKILL');
    await this.exited;
  }

  /** Node's `close` event does not come after `disconnect`; this is what it stands for. */
  private async end(): Promise<Exit> {
    const streams = [this.child.stdout, this.child.stderr].map((stream) => stream !== null && finished(stream));
    const [code, signal] = (await once(this.child, 'exit')) as [Exit['code'], Exit['signal']];
    await Promise.all(streams);
    return { code, signal };
  }

  /** Waits, but not for a process that has ended: its last words say why. */
  private async whileAlive<T>(what: string, attempt: () => T | undefined | false | Promise<T | undefined | false>) {
    const ended = this.exited.then(({ code, signal }) => {
      throw new Error(`the service ended with ${code ?? signal} before ${what}\n${this.stdout}\n${this.stderr}`);
    });
    ended.catch(() => undefined);
    return Promise.race([eventually(what, attempt), ended]);
  }
}

/** The built program of a service. */
export function programOf(service: ServiceName): string {
  return join(ROOT, 'apps', service, 'dist/main.js');
}

/** Environment of a service under test: any free port, and nothing else that the machine happens to have set. */
export function serviceEnv(env: Record<string, string> = {}): Record<string, string> {
  const { PATH = '', HOME = '', OMP_WAIT_POLICY, SRVAU_NATS_SERVER, SRVAU_FFMPEG, SRVAU_FFPROBE } = process.env;
  const passed = Object.entries({ OMP_WAIT_POLICY, SRVAU_NATS_SERVER, SRVAU_FFMPEG, SRVAU_FFPROBE });
  const known = passed.filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { PATH, HOME, ...Object.fromEntries(known), SRVAU_HTTP_PORT: '0', ...env };
}

/**
 * SIGKILL to a process that must be there.
 * @throws Error where it is not known: to kill(2), 0 is this process's own group, and −1 every process of the user
 */
export function killHard(pid: number | undefined): void {
  if (pid === undefined || !(pid > 0)) throw new Error(`expected a process to kill, received ${pid}`);
  process.kill(pid, 'SIGKILL');
}

/** Whether a process with this id exists. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
    throw error;
  }
}
