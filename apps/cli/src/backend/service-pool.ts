import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { microServiceName, type ServiceName, SrvauError } from '@srvau/contracts';
import type { NatsLink } from '@srvau/messaging/client';
import { homeOf, type Io } from '../io';
import { readableLog } from '../render/log-line';
import { LogFile } from './log-file';
import { serviceProgram } from './service-program';
import { type SupervisorEvent, ServiceSupervisor } from './supervisor';

export type NatsConnection = Awaited<ReturnType<NatsLink['connection']>>;

/** A service that answers is asked this often whether it still does. */
const GUARD_MS = 1_000;
const PING_MS = 2_000;
const MAX_RESTARTS = 5;

export interface ServicePoolOptions {
  io: Io;
  /** NATS to look for services on. */
  connection: NatsConnection;
  /** Services may be started here; otherwise they run elsewhere, and are only looked for. */
  mayStart: boolean;
  /** Name of the NATS servers for messages, without secrets. */
  natsName: string;
}

/** The services that a command needs: those that answer already, and those it starts itself and takes down again. */
export class ServicePool {
  private readonly own = new Map<ServiceName, Promise<ServiceSupervisor>>();
  private stopping = false;

  constructor(private readonly options: ServicePoolOptions) {}

  /** @throws SrvauError UNAVAILABLE when nobody answers and none may be started; CliError when it does not start. */
  async ensure(service: ServiceName): Promise<void> {
    if (this.own.has(service) || (await this.answers(service))) return;
    if (!this.options.mayStart) throw this.nobodyAnswers(service);
    await this.start(service);
  }

  async answers(service: ServiceName): Promise<boolean> {
    try {
      await this.options.connection.request(`$SRV.PING.${microServiceName(service)}`, '', { timeout: PING_MS });
      return true;
    } catch {
      // Nobody there, or nobody who answers: the same to us.
      return false;
    }
  }

  /**
   * Keeps a service there until `signal`. A service of another command ends with that command; then we start our own.
   * Rejects when ours gives up. Does nothing about services that run elsewhere: those are somebody's care.
   */
  async guard(service: ServiceName, signal: AbortSignal): Promise<void> {
    while (this.options.mayStart && !signal.aborted && !this.stopping) {
      const own = this.own.get(service);
      if (own !== undefined) return (await own).gaveUp;
      if (!(await this.answers(service)) && !signal.aborted && !this.stopping) await this.start(service);
      else await sleep(GUARD_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async stop(): Promise<void> {
    this.stopping = true;
    await Promise.all(
      [...this.own.values()].map(async (starting) => {
        const supervisor = await starting.catch(() => undefined);
        await supervisor?.stop();
      }),
    );
  }

  private async start(service: ServiceName): Promise<void> {
    const { io } = this.options;
    const known = this.own.get(service);
    if (known !== undefined) {
      await known;
      return;
    }
    io.terminal.note(`starting the ${service} service`);
    const starting = ServiceSupervisor.start(
      {
        service,
        program: serviceProgram(service, io.env),
        env: localServiceEnv(io.env, homeOf(io), 0),
        log: serviceLog(io, service, io.verbose),
        maxRestarts: MAX_RESTARTS,
        onEvent: (event) => tell(io, event),
      },
      io.interrupts.signal,
    );
    this.own.set(service, starting);
    await starting;
  }

  private nobodyAnswers(service: ServiceName): SrvauError {
    return new SrvauError(
      'UNAVAILABLE',
      `the ${service} service does not answer on ${this.options.natsName}; ` +
        `start it there, e.g. with: srvau up --services ${service}`,
    );
  }
}

/** Environment of a service that runs on its user's own machine, for that user. What the user has set wins. */
export function localServiceEnv(env: NodeJS.ProcessEnv, home: string, httpPort: number): NodeJS.ProcessEnv {
  const { SRVAU_APPS_DIR: _ours, ...forServices } = env;
  return {
    SRVAU_FILE_ROOTS: '/',
    SRVAU_MODEL_ENDPOINTS: '*',
    // Its user waits for the job: when the service dies, do not leave the job lying for the lease of a cluster.
    ...((env['SRVAU_NATS_URL'] ?? '') === '' ? { SRVAU_JOB_LEASE_MS: '6000' } : {}),
    ...forServices,
    SRVAU_HOME: home,
    SRVAU_HTTP_PORT: String(httpPort),
  };
}

/** The log of a service in the state directory; `show` also sends it to standard error. */
export function serviceLog(io: Io, service: ServiceName, show: boolean): LogFile {
  const prefix = io.terminal.noteColors.cyan(`${service} |`);
  const path = join(homeOf(io), 'logs', `${service}.log`);
  return new LogFile(path, show ? (line) => io.terminal.note(`${prefix} ${readableLog(line)}`) : undefined);
}

function tell({ terminal, verbose }: Io, event: SupervisorEvent): void {
  if (event.type === 'ended') {
    const wait = (event.restartInMs / 1000).toFixed(1);
    terminal.note(`the ${event.service} service ended (${event.how}); starting it again in ${wait} s`);
  } else if (event.restarts > 0) {
    terminal.note(`the ${event.service} service runs again (pid ${event.pid}); its jobs go on in a few seconds`);
  } else if (verbose) {
    terminal.note(`the ${event.service} service runs (pid ${event.pid})`);
  }
}
