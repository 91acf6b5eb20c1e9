import { resolve } from 'node:path';
import { type DtoClass, type EnvMap, type ErrorDetail, parseEnv, SrvauError } from '@srvau/contracts';
import { connectionOptions, type NatsConfig, natsConfigFromEnv } from '@srvau/messaging';
import type { ServiceDefinition } from '../definition';
import { DEFAULT_HTTP_PORT, SERVICE_ENV, ServiceConfig } from './service-config';
import { type UnknownVariable, unknownVariables } from './unknown-variables';
import { knownNames } from './variables';

export interface LoadedConfig<C extends ServiceConfig> {
  config: C & { httpPort: number };
  nats: NatsConfig;
  unknown: UnknownVariable[];
}

/**
 * Reads the whole configuration of a service from `env`. Paths come back absolute.
 * @throws SrvauError INVALID_REQUEST with one detail for each wrong variable, all of them at once.
 */
export function loadConfig<C extends ServiceConfig>(
  definition: ServiceDefinition<C>,
  env: NodeJS.ProcessEnv,
): LoadedConfig<C> {
  // Without a class of its own a service's C is ServiceConfig itself.
  const type = definition.config?.type ?? (ServiceConfig as DtoClass<C>);
  const map = { ...SERVICE_ENV, ...definition.config?.env } as EnvMap<C>;
  const [config, nats] = both(
    () => parseEnv(type, map, env),
    () => {
      const found = natsConfigFromEnv(env);
      // Reads the files that hold credentials: better to find one missing now than when NATS asks for it.
      connectionOptions(found, definition.service);
      return found;
    },
  );
  const httpPort = config.httpPort ?? DEFAULT_HTTP_PORT[definition.service];
  const loaded = Object.assign(config, { httpPort, home: resolve(config.home) });
  return { config: loaded, nats, unknown: unknownVariables(env, knownNames(definition)) };
}

/** The results of both, or the faults of both. */
function both<A, B>(first: () => A, second: () => B): [A, B] {
  const faults: ErrorDetail[] = [];
  const attempt = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof SrvauError)) throw error;
      const { details, message } = error;
      faults.push(...(details.length > 0 ? details : [{ field: '', expected: message, received: '' }]));
      return undefined;
    }
  };
  const a = attempt(first);
  const b = attempt(second);
  if (faults.length === 0) return [a as A, b as B];
  throw new SrvauError('INVALID_REQUEST', faults.map(faultText).join('; '), { details: faults });
}

export function faultText({ field, expected, received }: ErrorDetail): string {
  return field === '' ? expected : `${field}: expected ${expected}, received ${received}`;
}
