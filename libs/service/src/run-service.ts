import { microServiceName, SrvauError, type StructuredLog } from '@srvau/contracts';
import { JobServer, MicroServer, NatsLink } from '@srvau/messaging';
import { faultText, loadConfig } from './config/load-config';
import type { ServiceConfig } from './config/service-config';
import type { ServiceDefinition } from './definition';
import { EXIT, StartFailure } from './exit-codes';
import { Readiness } from './health/readiness';
import { createLogger, logDestination } from './log/create-logger';
import { ServiceMetrics } from './metrics/service-metrics';
import { answerCommandLine } from './process/command-line';
import { createApp, listenHttp } from './process/http';
import { closeNats, listenUntilServing, natsServers, watchMicroService } from './process/nats';
import { Shutdown } from './process/shutdown';
import { watchProcess } from './process/watch-process';

/** What a service sends over an IPC channel, if it was started with one, once it is ready for the first time. */
interface ReadyMessage {
  type: 'ready';
  httpPort: number;
}

/**
 * The whole life of a service process: arguments, configuration, log, HTTP, NATS, and the drain at its end.
 * Call it once, as the last statement of `main.ts`; it does not return a process to the caller.
 */
export function runService<C extends ServiceConfig>(definition: ServiceDefinition<C>): void {
  start(definition).catch((error: unknown) => {
    const { message, exitCode } = startFailure(error);
    process.stderr.write(`srvau-${definition.service}: ${message}\n`, () => process.exit(exitCode));
  });
}

async function start<C extends ServiceConfig>(definition: ServiceDefinition<C>): Promise<void> {
  const answer = answerCommandLine(definition, process.argv.slice(2));
  if (answer !== undefined) {
    process.stdout.write(`${answer}\n`);
    return;
  }
  const { service, version, description } = definition;
  const startedAt = new Date().toISOString();
  const { config, nats, unknown } = loadConfig(definition, process.env);
  const log = createLogger({ service, version, level: config.logLevel }, await logDestination(config.logPretty));
  for (const { name, nearest } of unknown) {
    log.warn({ variable: name, nearest }, 'a variable that nothing reads; --help shows those there are');
  }
  const shutdown = new Shutdown({ log, deadlineMs: config.drainMs });
  watchProcess(shutdown, log);

  const servers = await natsServers(nats, config.home, shutdown);
  const link = new NatsLink({ config: Object.assign(nats, { servers }), name: microServiceName(service), log });
  const readiness = new Readiness([() => (link.connected ? undefined : 'NATS is not connected')]);
  const metrics = new ServiceMetrics({ service, version, natsConnected: () => link.connected });
  const micro = new MicroServer({
    ...{ service, version, description, link, log, observer: metrics },
    ...{ maxMessageBytes: config.maxMessageBytes, maxInFlight: config.maxInFlight },
  });
  const jobs = new JobServer({
    ...{ service, link, log, observer: metrics, leaseMs: config.jobLeaseMs, retryMs: config.jobRetryMs },
    ...{ replicas: config.jetstreamReplicas, concurrency: config.jobConcurrency },
  });
  // Nobody can ask before it listens.
  let httpPort = 0;
  const info = () => ({ service, version, startedAt, httpPort, jobKinds: jobs.kinds });

  const app = await createApp(definition, { config, log, link, readiness, metrics, info });
  const strategies = [micro, jobs].map((strategy) =>
    app.connectMicroservice({ strategy }, { inheritAppConfig: false }),
  );
  shutdown.add('HTTP', () => app.close());
  shutdown.add('NATS', () => closeNats(link, [micro, jobs]));
  shutdown.add('readiness', () => readiness.drain());

  // Probes are answered from here on, whether or not NATS is there.
  httpPort = await listenHttp(app, config);
  log.info({ httpHost: config.httpHost, httpPort }, 'HTTP listens');
  await Promise.all(strategies.map((strategy) => listenUntilServing(strategy, readiness, log)));
  if (shutdown.begun) return;
  watchMicroService(micro, shutdown, log);
  readiness.serving();
  log.info({ httpPort, jobKinds: jobs.kinds }, 'ready');
  tellParent({ type: 'ready', httpPort }, log);
}

function tellParent(message: ReadyMessage, log: StructuredLog): void {
  // A parent that is gone makes `disconnect` begin the shutdown; that the message did not reach it changes nothing.
  process.send?.(message, (error: Error | null) => {
    if (error !== null) log.debug({ err: error }, 'the parent process could not be told');
  });
}

function startFailure(error: unknown): StartFailure {
  if (error instanceof StartFailure) return error;
  // Only the configuration is read before anything could throw an error meant for callers.
  if (error instanceof SrvauError) {
    const faults = error.details.length > 0 ? error.details.map(faultText) : [error.message];
    return new StartFailure(`wrong configuration\n  ${faults.join('\n  ')}\n--help shows all variables`, EXIT.config);
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return new StartFailure(`could not start: ${text}`, EXIT.failure);
}
