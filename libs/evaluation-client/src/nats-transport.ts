import { type Api, eventSubject, parseDto, SrvauError, type StructuredLog, silentLog } from '@srvau/contracts';
import { NATS_ENV, NatsConfig, NatsLink, ServiceClient } from '@srvau/messaging/client';
import type { NatsOptions } from './connect-options';
import { Deadline } from './deadline';
import { throwIfAborted } from './patiently';
import type { Operation, Transport, Try } from './transport';

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;

export class NatsTransport implements Transport {
  closed = false;
  readonly #client: ServiceClient;

  private constructor(private readonly link: NatsLink) {
    this.#client = new ServiceClient(link);
  }

  /** @throws SrvauError INVALID_REQUEST, FORBIDDEN (the login was refused), UNAVAILABLE (no server answers), CANCELLED */
  static async open(options: NatsOptions): Promise<NatsTransport> {
    const { name = 'srvau-evaluation-client', connectTimeoutMs = DEFAULT_CONNECT_TIMEOUT_MS, signal } = options;
    throwIfAborted('connect', signal);
    using deadline = new Deadline(connectTimeoutMs, signal);
    let reason = 'no answer';
    let refused = false;
    // The link tries for ever, and tells its log why it has to.
    const log: StructuredLog = {
      ...silentLog,
      warn: (fields) => {
        if ('reason' in fields) reason = String(fields.reason);
        refused = /authori[sz]ation|authentication/i.test(reason);
        if (refused) deadline.abort();
      },
    };
    const link = linkOf(options, name, log);
    await Promise.race([link.connection(), deadline.over]);
    if (!link.connected) {
      void link.drain();
      throwIfAborted('connect', signal);
      const [code, expected] = refused
        ? (['FORBIDDEN', 'a login that the NATS server takes'] as const)
        : (['UNAVAILABLE', `a NATS server that can be reached within ${connectTimeoutMs} ms`] as const);
      throw SrvauError.mismatch(code, 'servers', expected, reason);
    }
    return new NatsTransport(link);
  }

  ask<O extends Operation>(
    operation: O,
    body: Api[O]['request'],
    { timeoutMs, signal }: Try,
  ): Promise<Api[O]['reply']> {
    const options = { timeoutMs, retries: 0, ...(signal === undefined ? {} : { signal }) };
    return this.#client.request(operation, body, options);
  }

  stream(): never {
    const expected = 'a client that is connected by url, as only HTTP streams';
    throw SrvauError.mismatch('INVALID_REQUEST', 'predictStream', expected, 'one that is connected by servers');
  }

  listen(jobId: string, onChange: () => void): () => void {
    const subscription = this.link.usableNow?.subscribe(eventSubject(jobId), { callback: onChange });
    return () => subscription?.unsubscribe();
  }

  close(): Promise<void> {
    this.closed = true;
    return this.link.drain();
  }
}

/** Its faults name variables of the services' environment; callers of ours know the options. */
function linkOf(options: NatsOptions, name: string, log: StructuredLog): NatsLink {
  const config = natsConfigOf(options);
  try {
    return new NatsLink({ config, name, log });
  } catch (thrown) {
    const error = SrvauError.from(thrown);
    const details = error.details.map(({ field, expected, received }) => ({
      ...{ field: toOptions(field), expected: toOptions(expected), received },
    }));
    throw new SrvauError(error.code, toOptions(error.message), { details, cause: thrown });
  }
}

/** @throws SrvauError INVALID_REQUEST naming the option */
function natsConfigOf(options: NatsOptions): NatsConfig {
  const { servers, timeoutMs: _timeout, retries: _retries, signal: _signal, name: _name, ...rest } = options;
  const { connectTimeoutMs: _connect, ...login } = rest;
  const list = typeof servers === 'string' ? servers.split(',') : servers;
  return parseDto(NatsConfig, { ...login, servers: list }, 'connect');
}

/** Longest name first: one may begin another. */
const OPTION_OF = new Map(
  Object.entries(NATS_ENV)
    .map(([option, { name }]) => [name, option] as const)
    .sort(([a], [b]) => b.length - a.length),
);

const toOptions = (text: string): string =>
  [...OPTION_OF].reduce((left, [name, option]) => left.replaceAll(name, option), text);
