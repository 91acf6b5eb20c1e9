import { readFileSync } from 'node:fs';
import {
  credsAuthenticator,
  type ConnectionOptions,
  type NodeConnectionOptions,
  tokenAuthenticator,
  usernamePasswordAuthenticator,
} from '@nats-io/transport-node';
import { type EnvMap, SrvauError, parseEnv } from '@srvau/contracts';
import { ArrayMinSize, IsArray, IsOptional, IsString, Matches } from 'class-validator';

/** How to reach NATS. Secrets come as files, as container platforms mount them. */
export class NatsConfig {
  /** Servers of one cluster; empty means an embedded server on this machine. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @Matches(/^(nats|tls|ws|wss):\/\/[^\s]+$/, {
    each: true,
    message: 'servers must be nats://host:port, or several, comma-separated',
  })
  servers?: string[];

  @IsOptional()
  @IsString()
  credsFile?: string;

  @IsOptional()
  @IsString()
  user?: string;

  @IsOptional()
  @IsString()
  passwordFile?: string;

  @IsOptional()
  @IsString()
  tokenFile?: string;

  @IsOptional()
  @IsString()
  tlsCaFile?: string;

  @IsOptional()
  @IsString()
  tlsCertFile?: string;

  @IsOptional()
  @IsString()
  tlsKeyFile?: string;
}

export const NATS_ENV: EnvMap<NatsConfig> = {
  servers: {
    name: 'SRVAU_NATS_URL',
    kind: 'list',
    doc: 'NATS servers; without it an embedded server is started',
    secret: true,
  },
  credsFile: { name: 'SRVAU_NATS_CREDS_FILE', kind: 'string', doc: 'NATS .creds file (JWT and nkey seed)' },
  user: { name: 'SRVAU_NATS_USER', kind: 'string', doc: 'NATS user name' },
  passwordFile: {
    name: 'SRVAU_NATS_PASSWORD_FILE',
    kind: 'string',
    doc: 'file that holds the password of SRVAU_NATS_USER',
  },
  tokenFile: { name: 'SRVAU_NATS_TOKEN_FILE', kind: 'string', doc: 'file that holds a NATS token' },
  tlsCaFile: { name: 'SRVAU_NATS_TLS_CA_FILE', kind: 'string', doc: 'CA certificate of the NATS servers' },
  tlsCertFile: { name: 'SRVAU_NATS_TLS_CERT_FILE', kind: 'string', doc: 'client certificate' },
  tlsKeyFile: { name: 'SRVAU_NATS_TLS_KEY_FILE', kind: 'string', doc: 'key of the client certificate' },
};

export function natsConfigFromEnv(env: NodeJS.ProcessEnv): NatsConfig {
  return parseEnv(NatsConfig, NATS_ENV, env, 'NATS configuration');
}

/**
 * Connection options for `@nats-io`. Files are read now, so that a missing one stops the start with its name.
 *
 * @throws SrvauError INVALID_REQUEST naming the variable whose file cannot be read.
 */
export function connectionOptions(config: NatsConfig, name: string): NodeConnectionOptions {
  const options: NodeConnectionOptions = {
    name,
    // A cluster may be away for longer than any count of tries: never give up, and spread the herd on its return.
    maxReconnectAttempts: -1,
    // A refusal may pass too: credentials are rotated, servers restarted with other ones.
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: 500,
    reconnectJitter: 500,
    pingInterval: 10_000,
    maxPingOut: 3,
    timeout: 5_000,
    // Two stack traces a request, kept in case it fails, cost more than the rest of the client.
    noAsyncTraces: true,
  };
  if (config.servers !== undefined) options.servers = config.servers.map(addressOf);
  const authenticator = authenticatorOf(config);
  if (authenticator !== undefined) options.authenticator = authenticator;
  needs(config, 'tlsCertFile', 'tlsKeyFile');
  needs(config, 'tlsKeyFile', 'tlsCertFile');
  const tls = {
    ...(config.tlsCaFile === undefined ? {} : { ca: readText(config.tlsCaFile, 'tlsCaFile') }),
    ...(config.tlsCertFile === undefined ? {} : { cert: readText(config.tlsCertFile, 'tlsCertFile') }),
    ...(config.tlsKeyFile === undefined ? {} : { key: readText(config.tlsKeyFile, 'tlsKeyFile') }),
  };
  if (Object.keys(tls).length > 0) options.tls = tls;
  return options;
}

/** A server without its user part, which `authenticatorOf` reads: the client would ignore it. */
function addressOf(server: string): string {
  const url = parseServer(server);
  return `${url.protocol}//${url.host}${url.pathname}`;
}

function parseServer(server: string): URL {
  try {
    return new URL(server);
  } catch (cause) {
    // Not repeated: it may hold a password.
    const expected = 'nats://host:port with a port up to 65535';
    throw SrvauError.mismatch('INVALID_REQUEST', variableOf('servers'), expected, 'something else (hidden)', { cause });
  }
}

/** `nats://user:password@host` and `nats://token@host`, as most NATS tools take them. */
function loginOf(servers: readonly string[] | undefined): ConnectionOptions['authenticator'] | undefined {
  const url = servers?.map(parseServer).find(({ username }) => username !== '');
  if (url === undefined) return undefined;
  const [user, password] = [decodeURIComponent(url.username), decodeURIComponent(url.password)];
  return password === '' ? tokenAuthenticator(user) : usernamePasswordAuthenticator(user, password);
}

function authenticatorOf(config: NatsConfig): ConnectionOptions['authenticator'] | undefined {
  needs(config, 'passwordFile', 'user');
  const inUrl = loginOf(config.servers);
  const ways = [config.credsFile, config.user, config.tokenFile, inUrl].filter((way) => way !== undefined);
  if (ways.length > 1) {
    throw new SrvauError(
      'INVALID_REQUEST',
      'NATS configuration: expected one of SRVAU_NATS_CREDS_FILE, SRVAU_NATS_USER, SRVAU_NATS_TOKEN_FILE and a login in SRVAU_NATS_URL, received several',
    );
  }
  if (config.credsFile !== undefined) {
    const text = readText(config.credsFile, 'credsFile');
    if (!/BEGIN NATS USER JWT[^]*BEGIN USER NKEY SEED/.test(text)) {
      const expected = 'a .creds file with a user JWT and an nkey seed';
      throw SrvauError.mismatch(
        'INVALID_REQUEST',
        variableOf('credsFile'),
        expected,
        `${config.credsFile}, which is none`,
      );
    }
    return credsAuthenticator(new TextEncoder().encode(text));
  }
  if (config.user !== undefined) {
    const password = config.passwordFile === undefined ? '' : readText(config.passwordFile, 'passwordFile').trim();
    return usernamePasswordAuthenticator(config.user, password);
  }
  if (config.tokenFile !== undefined) return tokenAuthenticator(readText(config.tokenFile, 'tokenFile').trim());
  return inUrl;
}

/** @throws SrvauError INVALID_REQUEST when the one is set and the other, without which it would do nothing, is not. */
function needs(config: NatsConfig, one: keyof NatsConfig, other: keyof NatsConfig): void {
  if (config[one] === undefined || config[other] !== undefined) return;
  throw SrvauError.mismatch('INVALID_REQUEST', variableOf(other), `a value beside ${variableOf(one)}`, 'nothing');
}

const variableOf = (field: keyof NatsConfig): string => NATS_ENV[field]?.name ?? field;

function readText(path: string, field: keyof NatsConfig): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const variable = variableOf(field);
    const reason = (cause as NodeJS.ErrnoException).code ?? 'unreadable';
    throw SrvauError.mismatch('INVALID_REQUEST', variable, 'a readable file', `${path} (${reason})`, { cause });
  }
}
