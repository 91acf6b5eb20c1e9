import type { ServiceName } from './subjects';

/** Reply of `srvau.<service>.info`: which build answers, and since when. */
export interface ServiceInfo {
  service: ServiceName;
  version: string;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** Kinds of job that this process works on. */
  jobKinds: string[];
}

/** Request without fields. */
export class EmptyRequest {}
