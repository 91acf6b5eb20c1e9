import type { DynamicModule, Provider } from '@nestjs/common';
import type { ServiceInfo, StructuredLog } from '@srvau/contracts';
import { NatsLink, ServiceClient } from '@srvau/messaging';
import { ServiceConfig } from '../config/service-config';
import type { ServiceDefinition } from '../definition';
import { HealthController } from '../health/health.controller';
import { Readiness } from '../health/readiness';
import { ServiceMetrics } from '../metrics/service-metrics';
import { infoController } from './info.controller';
import { Jobs } from './jobs';
import { JobsController } from './jobs.controller';
import { SERVICE_INFO, SERVICE_LOG } from './tokens';

/** What exists before the Nest application does. */
export interface ServiceParts {
  config: ServiceConfig;
  log: StructuredLog;
  link: NatsLink;
  readiness: Readiness;
  metrics: ServiceMetrics;
  info: () => ServiceInfo;
}

/**
 * Makes the shared parts injectable everywhere, and adds the endpoints that every service has.
 *
 * A service's classes inject `ServiceConfig` (or their own subclass of it), `NatsLink`, `ServiceClient`, `Jobs`, and
 * the tokens `SERVICE_LOG` and `SERVICE_INFO`.
 */
export class ServiceModule {
  static register(definition: ServiceDefinition, parts: ServiceParts): DynamicModule {
    const { config, link } = parts;
    const ownConfig: Provider[] =
      definition.config === undefined ? [] : [{ provide: definition.config.type, useValue: config }];
    const providers: Provider[] = [
      { provide: ServiceConfig, useValue: config },
      ...ownConfig,
      { provide: SERVICE_LOG, useValue: parts.log },
      { provide: SERVICE_INFO, useValue: parts.info },
      { provide: NatsLink, useValue: link },
      { provide: ServiceClient, useValue: new ServiceClient(link) },
      { provide: Jobs, useValue: new Jobs(link, { replicas: config.jetstreamReplicas }) },
      { provide: Readiness, useValue: parts.readiness },
      { provide: ServiceMetrics, useValue: parts.metrics },
    ];
    return {
      module: ServiceModule,
      global: true,
      imports: [definition.module],
      controllers: [HealthController, JobsController, infoController(definition.service)],
      providers,
      exports: providers.map((provider) => provider as never),
    };
  }
}
