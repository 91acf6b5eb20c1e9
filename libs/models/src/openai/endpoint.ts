import { isIP } from 'node:net';
import { SrvauError } from '@srvau/contracts';
import { ApiKey, type Environment } from './api-key';
import type { EndpointUri } from './endpoint-uri';

export interface EndpointRules {
  /**
   * Addresses that may be asked: an endpoint's URL has to begin with one of them, path segments whole; `loopback` is any of
   * this machine, `*` is any. By default any. A service that takes URIs from others needs such a list, for whatever is named
   * gets the key and the videos.
   */
  endpoints?: readonly string[] | undefined;
  /** Send a key over plain http to other machines too; false by default. */
  keyOverHttp?: boolean | undefined;
}

/** Where an endpoint is, and what proves that we may use it. */
export class Endpoint {
  readonly url: URL;
  readonly model: string;
  readonly key: ApiKey;
  readonly #keyOverHttp: boolean;

  /** @throws SrvauError FORBIDDEN: not among the addresses that may be asked */
  constructor({ base, model, settings }: EndpointUri, { endpoints, keyOverHttp }: EndpointRules, env: Environment) {
    this.url = new URL(base);
    this.url.pathname = `${base.pathname.replace(/\/+$/, '')}/chat/completions`;
    this.model = model;
    this.key = new ApiKey(env, settings.key);
    this.#keyOverHttp = keyOverHttp === true;
    if (endpoints !== undefined && !endpoints.some((allowed) => covers(allowed, base))) {
      const expected = `an endpoint at ${endpoints.length === 0 ? 'no address, as none is allowed' : endpoints.join(' or ')}`;
      throw SrvauError.mismatch('FORBIDDEN', 'model', expected, nameOf(base));
    }
  }

  /** As errors show it: without the query, which may hold a secret. */
  get name(): string {
    return nameOf(this.url).replace(/\/chat\/completions$/, '');
  }

  get isLocal(): boolean {
    return isLoopback(this.url.hostname);
  }

  /** @throws SrvauError INVALID_REQUEST where a key would cross the network in clear, or is not there; UNPROCESSABLE: its file */
  async headers(): Promise<Record<string, string>> {
    const key = await this.key.current();
    if (key === undefined) return {};
    if (this.url.protocol === 'http:' && !this.isLocal && !this.#keyOverHttp) {
      const expected = 'https://, a loopback address, or #model?key=none, as a key would cross the network in clear';
      throw SrvauError.mismatch('INVALID_REQUEST', 'model', expected, this.name);
    }
    return { authorization: `Bearer ${key}` };
  }
}

function nameOf({ origin, pathname }: URL): string {
  return `${origin}${pathname}`;
}

function covers(allowed: string, base: URL): boolean {
  if (allowed === '*' || (allowed === 'loopback' && isLoopback(base.hostname))) return true;
  if (!URL.canParse(allowed)) return false;
  const { origin, pathname } = new URL(allowed);
  const prefix = pathname.replace(/\/*$/, '/');
  return origin === base.origin && `${base.pathname.replace(/\/*$/, '/')}`.startsWith(prefix);
}

function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
