import { describe, SrvauError } from '@srvau/contracts';

interface CommonOptions {
  /** Of every call that names none, in ms; see `EvaluationClient` for the defaults. */
  timeoutMs?: number;
  /** Of every call that names none; 5 by default. */
  retries?: number;
  /** Ends `connect`, not what comes after it. */
  signal?: AbortSignal;
}

/** Over NATS. At most one way to log in: a `.creds` file, user and password, a token, or `nats://user:password@host`. */
export interface NatsOptions extends CommonOptions {
  /** `nats://host:port` of one or more servers of a cluster. */
  servers: string | readonly string[];
  /** `.creds` file (JWT and nkey seed). */
  credsFile?: string;
  user?: string;
  /** File that holds the password of `user`. */
  passwordFile?: string;
  tokenFile?: string;
  tlsCaFile?: string;
  tlsCertFile?: string;
  tlsKeyFile?: string;
  /** How the server's list of connections calls this one. */
  name?: string;
  /** How long `connect` waits for a server; 10,000 by default. */
  connectTimeoutMs?: number;
  url?: never;
}

/** Over HTTP. */
export interface HttpOptions extends CommonOptions {
  /** `http://host:port` of an evaluation service, or of what stands before it, with the path that it adds. */
  url: string;
  /** Sent with every request, e.g. `{ authorization: 'Bearer …' }` for a gateway. */
  headers?: Readonly<Record<string, string>>;
  servers?: never;
}

export type ConnectOptions = NatsOptions | HttpOptions;

/** @throws SrvauError INVALID_REQUEST where not one of the two ways is named */
export function isHttp(options: ConnectOptions): options is HttpOptions {
  const { servers, url }: { servers?: unknown; url?: unknown } = options;
  if ((servers === undefined) !== (url === undefined)) return url !== undefined;
  const received = servers === undefined ? 'neither' : 'both';
  throw SrvauError.mismatch('INVALID_REQUEST', 'connect', 'either servers (NATS) or url (HTTP)', received);
}

/** @throws SrvauError INVALID_REQUEST */
export function baseOf({ url }: HttpOptions): URL {
  const expected = 'http://host:port or https://host:port, without a login and a query';
  if (!URL.canParse(url)) throw SrvauError.mismatch('INVALID_REQUEST', 'url', expected, describe(url));
  const base = new URL(url);
  // Not repeated: it may hold a password.
  if (base.username !== '' || base.password !== '') {
    throw SrvauError.mismatch(
      'INVALID_REQUEST',
      'url',
      `${expected}; headers.authorization holds one`,
      'one with a login',
    );
  }
  if (!/^https?:$/.test(base.protocol) || base.search !== '' || base.hash !== '') {
    throw SrvauError.mismatch('INVALID_REQUEST', 'url', expected, describe(url));
  }
  // Routes are appended.
  if (!base.pathname.endsWith('/')) base.pathname += '/';
  return base;
}
