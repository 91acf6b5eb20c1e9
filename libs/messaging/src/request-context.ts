import { AsyncLocalStorage } from 'node:async_hooks';

/** Ids that every log line written while handling a request or job carries. */
export interface RequestContext {
  requestId?: string;
  jobId?: string;
}

/** Set by the servers around each handler; read by the logger. */
export const requestContext = new AsyncLocalStorage<RequestContext>();

/** Header that carries a request's id from caller to service and on. */
export const REQUEST_ID_HEADER = 'Srvau-Request-Id';
