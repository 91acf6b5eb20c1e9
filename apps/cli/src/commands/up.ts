import { join } from 'node:path';
import { SERVICES, type ServiceName, SrvauError } from '@srvau/contracts';
import { type Backend, withBackend } from '../backend/backend';
import { localServiceEnv, serviceLog } from '../backend/service-pool';
import { serviceProgram } from '../backend/service-program';
import { type SupervisorEvent, ServiceSupervisor } from '../backend/supervisor';
import { EXIT } from '../exit';
import { homeOf, type Io } from '../io';
import type { UpOptions } from '../options';
import { table } from '../render/table';

/** Services of `srvau up` are started again for ever: it is meant to run unattended. */
const MAX_RESTARTS = Infinity;

/** `srvau up`: all services on this machine until Ctrl-C. */
export async function up(options: UpOptions, io: Io): Promise<number> {
  const { signal } = io.interrupts;
  const programs = options.services.map((service) => [service, serviceProgram(service, io.env)] as const);
  let starting: Promise<ServiceSupervisor>[] = [];
  try {
    return await withBackend(io, async (backend) => {
      await refuseSecondUp(backend, options.services);
      io.terminal.note(`starting ${options.services.join(', ')}`);
      starting = programs.map(([service, program]) => startOne(service, program, options, io));
      const running = await Promise.all(starting);
      show(running, backend, options, io);
      return Promise.race(running.map((supervisor) => supervisor.gaveUp));
    });
  } catch (error) {
    // Ctrl-C is how `up` ends when all is well.
    if (error !== signal.reason || !signal.aborted) throw error;
    io.terminal.note('stopping');
    return EXIT.ok;
  } finally {
    const started = await Promise.allSettled(starting);
    await Promise.all(started.map((start) => (start.status === 'fulfilled' ? start.value.stop() : undefined)));
  }
}

/** On a shared NATS more replicas are welcome; in one state directory a second set is a mistake. */
async function refuseSecondUp({ local, services }: Backend, wanted: readonly ServiceName[]): Promise<void> {
  if (!local) return;
  const answers = await Promise.all(wanted.map((service) => services.answers(service)));
  const there = wanted.filter((_, index) => answers[index]);
  if (there.length === 0) return;
  throw new SrvauError('CONFLICT', `services already run in this state directory (SRVAU_HOME): ${there.join(', ')}`);
}

function startOne(service: ServiceName, program: string, options: UpOptions, io: Io): Promise<ServiceSupervisor> {
  const { portBase } = options;
  const port = portBase === 0 ? 0 : portBase + SERVICES.indexOf(service);
  return ServiceSupervisor.start(
    {
      service,
      program,
      env: localServiceEnv(io.env, homeOf(io), port),
      log: serviceLog(io, service, options.logs || options.verbose),
      maxRestarts: MAX_RESTARTS,
      onEvent: (event) => tell(event, options, io),
    },
    io.interrupts.signal,
  );
}

function show(running: readonly ServiceSupervisor[], { natsUrl }: Backend, options: UpOptions, io: Io): void {
  const { terminal } = io;
  const httpUrl = (port: number | null): string | null => (port === null ? null : `http://127.0.0.1:${port}`);
  if (options.json) {
    const services = running.map(({ service, pid, httpPort, logPath }) => ({
      service,
      pid,
      http: httpUrl(httpPort),
      log: logPath,
    }));
    terminal.printJson({ nats: natsUrl, home: homeOf(io), services });
    return;
  }
  const rows = [
    ['nats', '', natsUrl, join(homeOf(io), 'nats')],
    ...running.map(({ service, pid, httpPort, logPath }) => [service, String(pid), httpUrl(httpPort) ?? '', logPath]),
  ];
  terminal.print(table(rows, terminal.colors, { head: ['SERVICE', 'PID', 'ADDRESS', 'LOG'] }));
  terminal.note(terminal.noteColors.dim('health: <address>/readyz, metrics: <address>/metrics; Ctrl-C stops all'));
}

function tell(event: SupervisorEvent, { json }: UpOptions, { terminal }: Io): void {
  if (event.type === 'started' && event.restarts === 0) return;
  if (json) terminal.printJson(event);
  else if (event.type === 'started') terminal.note(`${event.service} runs again (pid ${event.pid})`);
  else {
    const wait = (event.restartInMs / 1000).toFixed(1);
    terminal.note(`${event.service} ended (${event.how}); starting it again in ${wait} s`);
  }
}
