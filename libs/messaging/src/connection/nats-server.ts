import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SrvauError } from '@srvau/contracts';

export interface NatsServerOptions {
  /** Directory for JetStream's files, the ports and pid files and the log; made if absent. One server a directory. */
  dir: string;
  /** 0: any free port. */
  port?: number;
  /** Path of the `nats-server` program. */
  program?: string;
  /** Largest message in bytes. */
  maxPayload?: number;
  /** Further lines of nats-server's configuration, e.g. accounts or TLS. */
  config?: string;
}

const START_DEADLINE_MS = 15_000;

/** Where the server of a directory notes its process id, before it touches JetStream's files. */
export const pidFile = (dir: string): string => join(dir, 'nats-server.pid');

/**
 * A `nats-server` child process with JetStream, on loopback only.
 * It ends when `stop()` is called; it does not end by itself when this process is killed: see `LocalNats` for that.
 */
export class NatsServerProcess {
  /** Resolves when the process has ended, for whatever reason. */
  readonly exited: Promise<void>;

  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {
    this.exited = new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve();
      else child.once('exit', () => resolve());
    });
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** @throws SrvauError UNAVAILABLE with the last lines of the server's log; then no process is left. */
  static async start(options: NatsServerOptions): Promise<NatsServerProcess> {
    const program = options.program ?? process.env['SRVAU_NATS_SERVER'] ?? 'nats-server';
    const portsDir = join(options.dir, 'ports');
    await rm(portsDir, { recursive: true, force: true });
    await mkdir(portsDir, { recursive: true });
    const logFile = join(options.dir, 'nats-server.log');
    const configFile = join(options.dir, 'nats-server.conf');
    const limits = options.maxPayload === undefined ? '' : `max_payload: ${options.maxPayload}\n`;
    await writeFile(configFile, `logfile_size_limit: 10MB\n${limits}${options.config ?? ''}`);
    const args = [
      ...['--config', configFile],
      ...['--addr', '127.0.0.1', '--port', String(options.port || -1)],
      ...['--jetstream', '--store_dir', join(options.dir, 'jetstream')],
      ...['--ports_file_dir', portsDir, '--pid', pidFile(options.dir), '--log', logFile],
    ];
    const child = spawn(program, args, {
      stdio: ['ignore', 'ignore', 'ignore'],
      env: { ...process.env, PATH: withSbin(process.env['PATH']) },
    });
    const failed = new Promise<never>((_, reject) => {
      child.once('error', (cause: NodeJS.ErrnoException) =>
        reject(notStarted(program, cause.code ?? cause.message, cause)),
      );
      child.once('exit', (code, signal) => {
        void tail(logFile).then((text) => reject(notStarted(program, `it ended with ${code ?? signal}${text}`)));
      });
    });
    // The race below may be over when the process ends much later.
    failed.catch(() => undefined);
    const waiting = new AbortController();
    try {
      const port = await Promise.race([readPort(portsDir, waiting.signal), failed]);
      if (port !== undefined) return new NatsServerProcess(child, port);
      throw notStarted(program, `it did not listen within ${START_DEADLINE_MS / 1000} s${await tail(logFile)}`);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    } finally {
      waiting.abort();
    }
  }

  /** Ends the server in order, so that JetStream flushes; kills it if that takes more than `graceMs`. */
  async stop(graceMs = 5_000): Promise<void> {
    this.child.kill('SIGTERM');
    await Promise.race([this.exited, sleep(graceMs, undefined, { ref: false })]);
    this.child.kill('SIGKILL');
    await this.exited;
  }

  /** As a crash would: nothing is flushed. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}

/** Debian installs nats-server in an `sbin`, and leaves these folders out of the PATH of everybody but root. */
function withSbin(path = ''): string {
  const folders = path.split(':');
  return [...folders, ...folders.filter((one) => one.endsWith('/bin')).map((one) => one.replace(/bin$/, 'sbin'))].join(
    ':',
  );
}

async function readPort(dir: string, signal: AbortSignal): Promise<number | undefined> {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (Date.now() < deadline && !signal.aborted) {
    for (const name of await readdir(dir)) {
      // The file is written in place: it may be seen empty or in part.
      const url = /(?:nats|tls):\/\/[^":]*:(\d+)/.exec(await readFile(join(dir, name), 'utf8'));
      if (url?.[1] !== undefined) return Number(url[1]);
    }
    await sleep(20);
  }
  return undefined;
}

async function tail(file: string): Promise<string> {
  try {
    const lines = (await readFile(file, 'utf8')).trim().split('\n').slice(-3);
    return `; its log ends: ${lines.join(' | ')}`;
  } catch {
    return '';
  }
}

function notStarted(program: string, reason: string, cause?: unknown): SrvauError {
  const hint = reason === 'ENOENT' ? '; install nats-server (srvau doctor shows how) or set SRVAU_NATS_URL' : '';
  return new SrvauError('UNAVAILABLE', `could not start ${program}: ${reason}${hint}`, { cause });
}
