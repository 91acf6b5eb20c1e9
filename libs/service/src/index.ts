export { artifactOptions, ServiceConfig } from './config/service-config';
export { WholeNumber } from './config/whole-number';
export { packageVersion, type ServiceConfigType, type ServiceDefinition } from './definition';
export { Readiness } from './health/readiness';
export { ServiceMetrics } from './metrics/service-metrics';
export { Jobs } from './nest/jobs';
export { SERVICE_INFO, SERVICE_LOG } from './nest/tokens';
export { runService } from './run-service';
