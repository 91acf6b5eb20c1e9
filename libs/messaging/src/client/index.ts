/**
 * `@srvau/messaging/client`: what callers of services need, without the server side. It loads no Nest, which halves the
 * start of a short-lived program such as the command line.
 */
export * from '../connection/config';
export * from '../connection/link';
export * from '../connection/local-nats';
export * from '../jobs/job-client';
export * from './service-client';
