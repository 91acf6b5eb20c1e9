import type { ServiceName } from './subjects';

/** Reply of `srvau.<service>.info`: which build answers, and since when. */
export interface ServiceInfo {
  service: ServiceName;
  version: string;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** Of health, metrics and what the service offers over HTTP, on the machine that it runs on. */
  httpPort: number;
  /** Kinds of job that this process works on. */
  jobKinds: string[];
}

/** Request without fields. */
export class EmptyRequest {}
