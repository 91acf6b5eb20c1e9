import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SrvauError } from '@srvau/contracts';
import { JobClient, LocalNats, natsConfigFromEnv, NatsLink, ServiceClient } from '@srvau/messaging/client';
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
  const configured = await asConfiguration(() => natsConfigFromEnv(io.env));
  const localNats =
    configured.servers === undefined
      ? await untilAborted(
          asConfiguration(() => LocalNats.attach(join(homeOf(io), 'nats'))),
          signal,
        )
      : undefined;
  const config = localNats === undefined ? configured : Object.assign(configured, { servers: [localNats.url] });
  // Reads the files that the configuration names.
  const link = await asConfiguration(() => new NatsLink({ config, name: 'srvau-cli' }));
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

/** What is refused here is the user's configuration, and ends the command as such. */
async function asConfiguration<T>(act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof SrvauError) || error.code !== 'INVALID_REQUEST') throw error;
    throw new CliError(EXIT.configuration, error.code, error.message, { details: error.details, cause: error });
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
    if (error instanceof SrvauError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new SrvauError('UNAVAILABLE', `NATS at ${natsName} refused the connection: ${reason}`, { cause: error });
  } finally {
    over.abort();
  }
}

/** `nats://user:secret@host:4222` → `nats://host:4222`. */
export function withoutSecrets(servers: readonly string[]): string {
  return servers.map((server) => server.replace(/\/\/[^/]*@/, '//')).join(', ');
}
