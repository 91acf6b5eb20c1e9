export { artifactOptions, LOG_LEVELS, type LogLevel, ServiceConfig } from './config/service-config';
export { WholeNumber } from './config/whole-number';
export { packageVersion, type ServiceConfigType, type ServiceDefinition } from './definition';
export { EXIT } from './exit-codes';
export { Jobs } from './nest/jobs';
export { SERVICE_INFO, SERVICE_LOG } from './nest/tokens';
export { type ReadyMessage, runService } from './run-service';
