import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type NatsConnection, type NodeConnectionOptions } from '@nats-io/transport-node';
import { type StructuredLog, silentLog, SrvauError } from '@srvau/contracts';
import { connectionOptions, type NatsConfig } from './config';

export interface NatsLinkOptions {
  config: NatsConfig;
  /** Shown in the server's connection list. */
  name: string;
  log?: StructuredLog;
}

/**
 * The one NATS connection of a process, shared by everything in it.
 *
 * It connects in the background and reconnects for ever; `connected` tells whether it is usable now. Subscriptions
 * survive reconnects by themselves.
 */
export class NatsLink {
  private opening: Promise<NatsConnection> | undefined;
  private current: NatsConnection | undefined;
  private up = false;
  private waiting: (() => void)[] = [];
  private readonly closing = new AbortController();
  private readonly log: StructuredLog;
  private readonly connecting: NodeConnectionOptions;

  /** @throws SrvauError INVALID_REQUEST when a file that the configuration names cannot be read. */
  constructor(private readonly options: NatsLinkOptions) {
    this.log = options.log ?? silentLog;
    this.connecting = connectionOptions(options.config, options.name);
  }

  get connected(): boolean {
    return this.up;
  }

  /** Resolves once the first connection stands; waits while no server is there. */
  connection(): Promise<NatsConnection> {
    if (this.opening === undefined) {
      this.opening = this.open();
      // Whoever awaits it learns of a failure; when nobody does, closing early is no error.
      this.opening.catch(() => undefined);
    }
    return this.opening;
  }

  /** The connection, if it can carry a message at this moment. */
  get usableNow(): NatsConnection | undefined {
    return this.up ? this.current : undefined;
  }

  /** Resolves when the connection can carry a message now. The client drops what is published while it reconnects. */
  async usable(): Promise<NatsConnection> {
    const connection = await this.connection();
    while (!this.up && !connection.isClosed()) await new Promise<void>((done) => this.waiting.push(done));
    return connection;
  }

  /** Closes after everything that was published or is being answered has gone out. */
  async drain(): Promise<void> {
    this.closing.abort();
    await this.opening?.catch(() => undefined);
    const connection = this.current;
    if (connection === undefined || connection.isClosed()) return;
    try {
      // Draining waits for the server's answer, which never comes while it is away.
      if (this.up) await connection.drain();
      else await connection.close();
    } catch (error) {
      this.log.debug({ err: error }, 'NATS connection was closed while draining');
    }
  }

  private async open(): Promise<NatsConnection> {
    const connection = await this.firstConnection();
    this.current = connection;
    this.up = true;
    this.log.info({ server: connection.getServer() }, 'NATS connected');
    void this.follow(connection);
    return connection;
  }

  /** Tries until a server is there. Our own loop, because the client's own cannot be stopped and does not say why. */
  private async firstConnection(): Promise<NatsConnection> {
    const servers = this.options.config.servers?.map((server) => server.replace(/\/\/.*@/, '//***@'));
    for (let wait = 100; ; wait = Math.min(wait * 2, 5_000)) {
      if (this.closing.signal.aborted)
        throw new SrvauError('UNAVAILABLE', 'the NATS connection was closed before it stood');
      try {
        return await connect(this.connecting);
      } catch (error) {
        this.log.warn({ servers, reason: (error as Error).message }, 'NATS is not reachable; trying again');
        await sleep(wait, undefined, { signal: this.closing.signal }).catch(() => undefined);
      }
    }
  }

  private async follow(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) {
      if (status.type === 'disconnect') {
        this.up = false;
        this.log.warn({ server: status.server }, 'NATS disconnected; reconnecting');
      } else if (status.type === 'reconnect') {
        this.up = true;
        this.wake();
        this.log.info({ server: status.server }, 'NATS reconnected');
      } else if (status.type === 'error') {
        this.log.error({ err: status.error }, 'NATS reported an error');
      }
    }
    this.up = false;
    this.wake();
    const error = await connection.closed();
    if (error instanceof Error) this.log.error({ err: error }, 'NATS connection closed');
  }

  private wake(): void {
    for (const done of this.waiting.splice(0)) done();
  }
}
