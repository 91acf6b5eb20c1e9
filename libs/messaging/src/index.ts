export * from './client';
export { NatsServerProcess, type NatsServerOptions } from './connection/nats-server';
export { type JobContext, JobHandler, type JobHandlerOptions } from './jobs/job-handler';
export { JobServer, type JobServerOptions } from './jobs/job-server';
export { DEFAULT_LEASE_MS } from './jobs/topology';
export { Endpoint, type EndpointOptions } from './micro/endpoint';
export { DEFAULT_MAX_MESSAGE_BYTES, MicroServer, type MicroServerOptions } from './micro/micro-server';
export type { JobOutcome, MessagingObserver } from './observer';
export { REQUEST_ID_HEADER, type RequestContext, requestContext } from './request-context';
