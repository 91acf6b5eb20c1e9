import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DynamicModule, Type } from '@nestjs/common';
import type { DtoClass, EnvMap, ServiceName } from '@srvau/contracts';
import type { ServiceConfig } from './config/service-config';

/** What makes one service different from the others. */
export interface ServiceDefinition<C extends ServiceConfig = ServiceConfig> {
  service: ServiceName;
  /** One line, for `--help` and `$SRV.INFO`. */
  description: string;
  /** Semver of the build. */
  version: string;
  /** Nest module with the service's `@Endpoint` and `@JobHandler` controllers. */
  module: Type | DynamicModule;
  /** The service's own variables; without it only those that every service has. */
  config?: ServiceConfigType<C>;
}

/** A configuration class and the variable that each of its own fields is read from. */
export interface ServiceConfigType<C extends ServiceConfig> {
  type: DtoClass<C>;
  env: EnvMap<Omit<C, keyof ServiceConfig>>;
}

/** Version in the package.json beside the `dist` folder that `distDir` is. */
export function packageVersion(distDir: string): string {
  const file = join(dirname(distDir), 'package.json');
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}
