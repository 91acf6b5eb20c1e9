import { AckPolicy, jetstreamManager, RetentionPolicy, type StreamConfig } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { SrvauError } from '@srvau/contracts';

/** Names of everything that jobs keep in JetStream. */
export const WORK_STREAM = 'SRVAU_WORK';
export const DEAD_STREAM = 'SRVAU_DEAD';
export const JOB_BUCKET = 'srvau_jobs';

/** A job waits as one message on `srvau.work.<kind>.<jobId>` until a worker is done with it; a kind is two tokens. */
export const workSubject = (kind: string, jobId: string): string => `srvau.work.${kind}.${jobId}`;
/** Any kind of job, for `workSubject`. */
export const ANY_KIND = '*.*';
export const consumerName = (kind: string): string => `worker_${kind.replaceAll('.', '_')}`;

/** A job that failed for good leaves its submission and error on `srvau.dead.<kind>.<jobId>`. */
export const deadSubject = (kind: string, jobId: string): string => `srvau.dead.${kind}.${jobId}`;

/** The worker of a running job looks at its record when it hears this. */
export const controlSubject = (jobId: string): string => `srvau.control.${jobId}`;

export interface JobTopologyOptions {
  /** Copies of each message in a NATS cluster: 1 or 3. */
  replicas?: number;
  /** Time without a sign of life after which a job is given to another worker. */
  leaseMs?: number;
}

export const DEFAULT_LEASE_MS = 30_000;
export const DEFAULT_RETRY_MS = 1_000;
const DAY_NS = 24 * 3600 * 1e9;
/** How long a finished job, and a dead one, can be looked up. */
export const RECORD_TTL_MS = 30 * 24 * 3600 * 1000;

/**
 * Makes the streams that jobs need, or adapts them to this version; every process may call it, at any time.
 * @throws SrvauError UNAVAILABLE when the server has no JetStream.
 */
export async function ensureJobStreams(connection: NatsConnection, options: JobTopologyOptions = {}): Promise<void> {
  const num_replicas = options.replicas ?? 1;
  const manager = await jetstreamManager(connection).catch((cause: unknown) => {
    throw new SrvauError(
      'UNAVAILABLE',
      'expected a NATS server with JetStream for this account (started with --jetstream), received one without',
      { cause },
    );
  });
  const ensure = async (config: Partial<StreamConfig> & { name: string }): Promise<void> => {
    try {
      await manager.streams.add(config);
    } catch (added) {
      // Adding a stream that is there with another configuration fails; then it is updated.
      const { name, ...changes } = config;
      await manager.streams.update(name, changes).catch(() => Promise.reject(added));
    }
  };
  await ensure({
    name: WORK_STREAM,
    subjects: ['srvau.work.>'],
    retention: RetentionPolicy.Workqueue,
    num_replicas,
    allow_direct: true,
  });
  await ensure({
    name: DEAD_STREAM,
    subjects: ['srvau.dead.>'],
    max_age: 30 * DAY_NS,
    num_replicas,
    allow_direct: true,
  });
}

/** Makes the durable consumer that all workers of `kind` share. */
export async function ensureWorker(connection: NatsConnection, kind: string, leaseMs: number): Promise<void> {
  const manager = await jetstreamManager(connection);
  const config = { ack_wait: leaseMs * 1e6, max_ack_pending: 20_000 };
  try {
    await manager.consumers.add(WORK_STREAM, {
      ...config,
      durable_name: consumerName(kind),
      filter_subject: workSubject(kind, '*'),
      ack_policy: AckPolicy.Explicit,
      // Attempts are counted in the job's record: deliveries also happen when a worker hands a job over or dies.
      max_deliver: -1,
    });
  } catch (added) {
    await manager.consumers.update(WORK_STREAM, consumerName(kind), config).catch(() => Promise.reject(added));
  }
}
