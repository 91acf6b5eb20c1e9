import { setTimeout as sleep } from 'node:timers/promises';
import type { ServiceName } from '@srvau/contracts';
import { CliError, EXIT } from '../exit';
import { endedWith, ServiceProcess, type ServiceProcessOptions } from './service-process';

export type SupervisorEvent =
  | { type: 'started'; service: ServiceName; pid: number; httpPort: number | null; restarts: number }
  | { type: 'ended'; service: ServiceName; how: string; restartInMs: number };

export interface SupervisorOptions extends ServiceProcessOptions {
  /** Restarts in a row, without a run of `SETTLED_MS` between them, before giving up. */
  maxRestarts: number;
  onEvent?: (event: SupervisorEvent) => void;
}

/** Wait before a restart: doubles from the first up to the second. */
const BACKOFF_MS = { first: 250, most: 15_000 };
/** A service that has lived this long was well: its next death counts as the first. */
export const SETTLED_MS = 60_000;

export const restartDelayMs = (restart: number): number =>
  Math.min(BACKOFF_MS.first * 2 ** (restart - 1), BACKOFF_MS.most);

/** Keeps one service running: starts it again when it dies. */
export class ServiceSupervisor {
  private readonly end = new AbortController();
  private readonly loop: Promise<void>;
  /** Rejects when the service died too often in a row, or cannot start for its configuration. */
  readonly gaveUp: Promise<never>;

  private constructor(
    private readonly options: SupervisorOptions,
    private current: ServiceProcess,
  ) {
    this.loop = this.keep();
    this.gaveUp = new Promise((_, reject) => this.loop.catch(reject));
    this.gaveUp.catch(() => undefined);
  }

  /** @throws CliError when the service does not start the first time: then it would not the next time either. */
  static async start(options: SupervisorOptions, signal?: AbortSignal): Promise<ServiceSupervisor> {
    const first = await ServiceProcess.start(options, signal).catch((error: unknown) => {
      options.log.close();
      throw error;
    });
    options.onEvent?.(startedEvent(options.service, first, 0));
    return new ServiceSupervisor(options, first);
  }

  get service(): ServiceName {
    return this.options.service;
  }

  get pid(): number {
    return this.current.pid;
  }

  get httpPort(): number | null {
    return this.current.httpPort;
  }

  get logPath(): string {
    return this.options.log.path;
  }

  async stop(): Promise<void> {
    this.end.abort();
    await this.current.stop();
    await this.loop.catch(() => undefined);
    this.options.log.close();
  }

  private async keep(): Promise<void> {
    let restarts = 0;
    for (;;) {
      const startedAt = performance.now();
      const end = await this.current.ended;
      if (performance.now() - startedAt > SETTLED_MS) restarts = 0;
      let how = end.text;
      for (let running = false; !running;) {
        if (this.end.signal.aborted) return;
        restarts += 1;
        const failure = await this.restart(restarts, how);
        running = failure === undefined;
        how = failure ?? how;
      }
    }
  }

  /** @returns how it failed, if it did */
  private async restart(restarts: number, how: string): Promise<string | undefined> {
    const { service, log, maxRestarts, onEvent } = this.options;
    if (restarts > maxRestarts) {
      throw endedWith(service, `ended ${restarts} times in a row, the last time with ${how}`, log, EXIT.unavailable);
    }
    const restartInMs = restartDelayMs(restarts);
    onEvent?.({ type: 'ended', service, how, restartInMs });
    await sleep(restartInMs, undefined, { signal: this.end.signal }).catch(() => undefined);
    if (this.end.signal.aborted) return how;
    try {
      this.current = await ServiceProcess.start(this.options, this.end.signal);
    } catch (error) {
      // Wrong configuration does not get better by trying again.
      if (!(error instanceof CliError) || error.exitCode === EXIT.configuration) throw error;
      return (error.message.split('; its log')[0] ?? '').replace(/^.*: /, '');
    }
    onEvent?.(startedEvent(service, this.current, restarts));
    return undefined;
  }
}

function startedEvent(service: ServiceName, run: ServiceProcess, restarts: number): SupervisorEvent {
  return { type: 'started', service, pid: run.pid, httpPort: run.httpPort, restarts };
}
