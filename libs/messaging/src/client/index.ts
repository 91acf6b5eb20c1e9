/**
 * `@srvau/messaging/client`: what callers of services need, without the server side. It loads no Nest, which halves the
 * start of a short-lived program such as the command line.
 */
export { connectionOptions, NATS_ENV, NatsConfig, natsConfigFromEnv } from '../connection/config';
export { NatsLink, type NatsLinkOptions } from '../connection/link';
export { LocalNats } from '../connection/local-nats';
export { JobClient, type JobFilter, type SubmitOptions } from '../jobs/job-client';
export type { JobTopologyOptions } from '../jobs/topology';
export { pauseMs } from './pause';
export { type RequestOptions, ServiceClient } from './service-client';
