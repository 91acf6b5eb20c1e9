import { setTimeout as sleep } from 'node:timers/promises';
import { join } from 'node:path';
import type { Service } from '@nats-io/services';
import type { INestMicroservice } from '@nestjs/common';
import type { CustomTransportStrategy } from '@nestjs/microservices';
import { SrvauError, type StructuredLog } from '@srvau/contracts';
import { LocalNats, type MicroServer, type NatsConfig, type NatsLink } from '@srvau/messaging';
import { EXIT, StartFailure } from '../exit-codes';
import type { Readiness } from '../health/readiness';
import type { Shutdown } from './shutdown';

/**
 * The configured NATS servers, or the embedded one of the state directory.
 * @throws StartFailure when the embedded server cannot be started.
 */
export async function natsServers(config: NatsConfig, home: string, shutdown: Shutdown): Promise<string[]> {
  if (config.servers !== undefined) return config.servers;
  let local: LocalNats;
  try {
    local = await LocalNats.attach(join(home, 'nats'));
  } catch (error) {
    if (!(error instanceof SrvauError)) throw error;
    throw new StartFailure(
      `SRVAU_NATS_URL is not set, and the embedded server does not start: ${error.message}`,
      EXIT.unavailable,
      { cause: error },
    );
  }
  shutdown.add('embedded NATS', () => local.release());
  // Its server would be found nowhere by the others from now on. Whoever started us starts us again.
  void local.lost.then(() => shutdown.begin('the embedded NATS server has lost its keeper', EXIT.unavailable));
  return [local.url];
}

/** How long a drain waits for a server that went away meanwhile; a restart of the server is over sooner. */
const AWAY_MS = 2_000;

/** Ends the work on both strategies, and then the connection that they share. */
export async function closeNats(link: NatsLink, strategies: readonly CustomTransportStrategy[]): Promise<void> {
  // A strategy that closes waits for answers of the server. While it is away none come: then the connection goes first.
  if (!link.connected) await link.drain();
  let closed = false;
  const closing = Promise.all(strategies.map((strategy) => strategy.close() as Promise<void>)).finally(() => {
    closed = true;
  });
  closing.catch(() => undefined);
  let seenAt = performance.now();
  while (!closed && performance.now() - seenAt < AWAY_MS) {
    await Promise.race([closing, sleep(100)]);
    if (link.connected) seenAt = performance.now();
  }
  await link.drain();
  await closing;
}

/** A micro service stops itself when the server takes one of its subscriptions away. Better gone than deaf. */
export function watchMicroService(micro: MicroServer, shutdown: Shutdown, log: StructuredLog): void {
  void micro.unwrap<Service>().stopped.then((error) => {
    if (shutdown.begun) return;
    log.error({ err: error }, 'NATS ended a subscription of this service');
    shutdown.begin('a subscription was ended by NATS', EXIT.unavailable);
  });
}

const RETRY_MS = { first: 500, most: 10_000 };

/**
 * Starts a strategy, and goes on trying while NATS refuses what it needs, for example because it has no JetStream yet.
 * Waiting for the first connection is no refusal: `listen` itself waits for that.
 */
export async function listenUntilServing(
  strategy: INestMicroservice,
  readiness: Readiness,
  log: StructuredLog,
): Promise<void> {
  for (let wait = RETRY_MS.first; !readiness.draining; wait = Math.min(wait * 2, RETRY_MS.most)) {
    try {
      await strategy.listen();
      return;
    } catch (error) {
      if (readiness.draining) return;
      const reason = error instanceof Error ? error.message : String(error);
      readiness.notYet(reason);
      log.error({ err: error, retryMs: wait }, 'cannot serve on NATS yet; trying again');
      await sleep(wait, undefined, { ref: false });
    }
  }
}
