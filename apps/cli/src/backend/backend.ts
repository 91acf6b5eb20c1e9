import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SrvauError } from '@srvau/contracts';
import {
  JobClient,
  LocalNats,
  type NatsConfig,
  natsConfigFromEnv,
  NatsLink,
  ServiceClient,
} from '@srvau/messaging/client';
import { CliError, EXIT } from '../exit';
import { untilAborted } from '../interrupts';
import { homeOf, type Io } from '../io';
import { type NatsConnection, ServicePool } from './service-pool';

/** What a command works with: a NATS connection, and the services and jobs on it. */
export interface Backend {
  /** NATS runs embedded in the state directory on this machine. */
  local: boolean;
  /** Address of NATS, without secrets. */
  natsUrl: string;
  link: NatsLink;
  client: ServiceClient;
  services: ServicePool;
}

export interface JobBackend extends Backend {
  jobs: JobClient;
}

const CONNECT_DEADLINE_MS = 5_000;

/**
 * Brings up what `work` needs, and takes down again what it has brought up, however `work` ends.
 *
 * With `SRVAU_NATS_URL` that is a connection; without, the embedded server of the state directory, which it shares
 * with every other command and service there.
 *
 * @throws the reason of Ctrl-C and its like, at once when `work` is not done by then
 */
export async function withBackend<T>(io: Io, work: (backend: Backend) => Promise<T>): Promise<T> {
  const { signal } = io.interrupts;
  const configured = readNatsConfig(io.env);
  const localNats =
    configured.servers === undefined
      ? await untilAborted(LocalNats.attach(join(homeOf(io), 'nats')), signal)
      : undefined;
  const config = localNats === undefined ? configured : Object.assign(configured, { servers: [localNats.url] });
  const link = new NatsLink({ config, name: 'srvau-cli' });
  let services: ServicePool | undefined;
  try {
    const natsUrl = withoutSecrets(config.servers ?? []);
    const natsName = localNats === undefined ? `${natsUrl} (SRVAU_NATS_URL)` : natsUrl;
    const connection = await untilAborted(connect(link, natsName), signal);
    const local = localNats !== undefined;
    services = new ServicePool({ io, connection, mayStart: local, natsName });
    return await untilAborted(work({ local, natsUrl, link, client: new ServiceClient(link), services }), signal);
  } finally {
    await services?.stop();
    await link.drain();
    localNats?.release();
  }
}

/** `withBackend` for work with jobs. */
export function withJobs<T>(io: Io, work: (backend: JobBackend) => Promise<T>): Promise<T> {
  return withBackend(io, async (backend) => {
    const { local, link } = backend;
    return work({ ...backend, jobs: await (local ? JobClient.open(link) : JobClient.join(link)) });
  });
}

function readNatsConfig(env: NodeJS.ProcessEnv): NatsConfig {
  try {
    return natsConfigFromEnv(env);
  } catch (error) {
    throw configurationError(error);
  }
}

async function connect(link: NatsLink, natsName: string): Promise<NatsConnection> {
  const over = new AbortController();
  try {
    const connection = await Promise.race([
      link.connection(),
      sleep(CONNECT_DEADLINE_MS, undefined, { signal: over.signal }),
    ]);
    if (connection !== undefined) return connection;
    const seconds = CONNECT_DEADLINE_MS / 1000;
    throw new SrvauError('UNAVAILABLE', `no NATS server answers at ${natsName} within ${seconds} s`);
  } catch (error) {
    // A file of the configuration that cannot be read.
    if (error instanceof SrvauError && error.code === 'INVALID_REQUEST') throw configurationError(error);
    if (error instanceof SrvauError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new SrvauError('UNAVAILABLE', `NATS at ${natsName} refused the connection: ${reason}`, { cause: error });
  } finally {
    over.abort();
  }
}

function configurationError(error: unknown): unknown {
  if (!(error instanceof SrvauError)) return error;
  return new CliError(EXIT.configuration, error.code, error.message, { details: error.details, cause: error });
}

/** `nats://user:secret@host:4222` → `nats://host:4222`. */
export function withoutSecrets(servers: readonly string[]): string {
  return servers.map((server) => server.replace(/\/\/[^/]*@/, '//')).join(', ');
}
