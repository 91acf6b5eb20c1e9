import { type ChildProcess, spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName } from '@srvau/contracts';
import { CliError, EXIT } from '../exit';
import { readableLog } from '../render/log-line';
import type { LogFile } from './log-file';

export interface ServiceProcessOptions {
  service: ServiceName;
  program: string;
  env: NodeJS.ProcessEnv;
  log: LogFile;
}

/** How a process ended: `exit code 1`, `SIGKILL`. */
export interface ProcessEnd {
  code: number | null;
  text: string;
}

const READY_DEADLINE_MS = 60_000;
/** Services drain by themselves within their own bound (SRVAU_DRAIN_MS); this is for one that hangs. */
const STOP_GRACE_MS = 30_000;

/** One run of a service as a child of this process. */
export class ServiceProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly ended: Promise<ProcessEnd>,
    /** Null when the service serves no HTTP. */
    readonly httpPort: number | null,
  ) {}

  get pid(): number {
    return this.child.pid ?? -1;
  }

  /**
   * Starts the service and waits until it says that it is ready.
   *
   * It gets a process group of its own, so that Ctrl-C reaches it only through us, and an IPC channel, whose end tells
   * it that we are gone: it outlives neither an orderly end nor kill −9 of this process.
   *
   * @throws CliError with the end of its log
   */
  static async start(options: ServiceProcessOptions, signal?: AbortSignal): Promise<ServiceProcess> {
    const { service, program, env, log } = options;
    const child = spawn(process.execPath, [program], {
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => log.write(chunk));
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => log.write(chunk));
    const ended = new Promise<ProcessEnd>((done) => {
      child.once('error', (error) => done({ code: null, text: error.message }));
      // `close` comes after the last output, `exit` may come before it.
      child.once('close', (code, by) => done({ code, text: by ?? `exit code ${code}` }));
    });
    const aborted = new AbortController();
    try {
      const outcome = await Promise.race([
        ready(child),
        ended,
        sleep(READY_DEADLINE_MS, 'late' as const, { signal: aborted.signal }),
        ...(signal === undefined ? [] : [abortOf(signal, aborted.signal)]),
      ]);
      if (typeof outcome === 'object' && 'httpPort' in outcome)
        return new ServiceProcess(child, ended, outcome.httpPort);
      if (typeof outcome === 'object') throw startFailed(service, outcome, log);
      await stopChild(child, ended, 5_000);
      if (signal?.aborted === true) throw signal.reason as Error;
      throw startFailed(service, { code: null, text: `not ready within ${READY_DEADLINE_MS / 1000} s` }, log);
    } finally {
      aborted.abort();
    }
  }

  /** Lets the service drain, and kills it when it does not end. */
  async stop(): Promise<void> {
    await stopChild(this.child, this.ended, STOP_GRACE_MS);
  }
}

async function stopChild(child: ChildProcess, ended: Promise<ProcessEnd>, graceMs: number): Promise<void> {
  child.kill('SIGTERM');
  const done = new AbortController();
  await Promise.race([ended, sleep(graceMs, undefined, { signal: done.signal }).catch(() => undefined)]);
  done.abort();
  child.kill('SIGKILL');
  await ended;
}

function ready(child: ChildProcess): Promise<{ httpPort: number | null }> {
  return new Promise((done) => {
    child.on('message', (message: { type?: unknown; httpPort?: unknown } | null) => {
      if (message?.type === 'ready') done({ httpPort: typeof message.httpPort === 'number' ? message.httpPort : null });
    });
  });
}

function abortOf(signal: AbortSignal, over: AbortSignal): Promise<'aborted'> {
  return new Promise((done) => {
    if (signal.aborted) done('aborted');
    signal.addEventListener('abort', () => done('aborted'), { once: true, signal: over });
  });
}

function startFailed(service: ServiceName, end: ProcessEnd, log: LogFile): CliError {
  const exitCode = end.code === EXIT.configuration ? EXIT.configuration : EXIT.unavailable;
  return endedWith(service, `did not start: ${end.text}`, log, exitCode);
}

/** An error about a service, with the last lines of its log. */
export function endedWith(service: ServiceName, what: string, log: LogFile, exitCode: number): CliError {
  const lines = log.tail.map((line) => `  ${service} | ${readableLog(line)}`);
  const tail = lines.length === 0 ? '' : `; its log (${log.path}) ends:\n${lines.join('\n')}`;
  return new CliError(exitCode, 'UNAVAILABLE', `the ${service} service ${what}${tail}`);
}
