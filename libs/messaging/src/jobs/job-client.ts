import { setTimeout as sleep } from 'node:timers/promises';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import {
  canonicalJson,
  eventSubject,
  type JobAccepted,
  type JobKind,
  type JobRecord,
  type JobState,
  SrvauError,
  TERMINAL_STATES,
} from '@srvau/contracts';
import type { NatsLink } from '../connection/link';
import { eventOf, fromEvent } from './job-events';
import { keyedJobId, newJobId } from './job-ids';
import { JobRecordStore, RevisionConflict } from './record-store';
import { controlSubject, ensureJobStreams, type JobTopologyOptions, WORK_STREAM } from './topology';
import { UpdateQueue } from './update-queue';
import { readJobEvent, type WorkItem } from './work-item';
import { AlreadyQueued, WorkQueue } from './work-queue';

export interface SubmitOptions {
  /** The same key submitted twice gives the same job. */
  idempotencyKey?: string;
  /** Starts before the job is given up; a death of the worker counts as one, an orderly hand-over does not. */
  maxAttempts?: number;
}

export interface JobFilter {
  state?: JobState;
  kind?: string;
  /** Newest first. */
  limit?: number;
}

const DEFAULT_MAX_ATTEMPTS = 5;
/** How often a resume looks, 100 ms apart, whether the acknowledgement of the job's last run has arrived. */
const ACK_TRIES = 10;

/** Submits durable jobs and looks after them. Any process with a NATS connection can use it. */
export class JobClient {
  private constructor(
    private readonly connection: NatsConnection,
    private readonly queue: WorkQueue,
    private readonly records: JobRecordStore,
  ) {}

  static async open(link: NatsLink, options: JobTopologyOptions = {}): Promise<JobClient> {
    const connection = await link.connection();
    await ensureJobStreams(connection, options);
    const records = await JobRecordStore.open(connection, options.replicas);
    const queue = new WorkQueue(jetstream(connection), await jetstreamManager(connection));
    return new JobClient(connection, queue, records);
  }

  /**
   * Opens what the services have made, and makes or changes nothing: for guests such as the command line, which do not
   * know how many copies a cluster's operators want.
   * @throws SrvauError UNAVAILABLE when no service has been on this NATS server yet.
   */
  static async join(link: NatsLink): Promise<JobClient> {
    const connection = await link.connection();
    try {
      const manager = await jetstreamManager(connection);
      await manager.streams.info(WORK_STREAM);
      const queue = new WorkQueue(jetstream(connection), manager);
      return new JobClient(connection, queue, await JobRecordStore.join(connection));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const expected = 'expected the job streams of a service that has run on this NATS server';
      throw new SrvauError('UNAVAILABLE', `${expected}, received: ${reason}`, { cause });
    }
  }

  /**
   * Queues a job; on return it is on disk in the queue.
   * @throws SrvauError CONFLICT when the idempotency key was used for another request.
   */
  async submit(kind: JobKind, request: object, options: SubmitOptions = {}): Promise<JobAccepted> {
    const { idempotencyKey } = options;
    const item: WorkItem = {
      id: idempotencyKey === undefined ? newJobId() : keyedJobId(kind, idempotencyKey),
      kind,
      request,
      maxAttempts: options.maxAttempts ?? DEFAULT_MAX_ATTEMPTS,
      submittedAt: new Date().toISOString(),
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    };
    if (idempotencyKey !== undefined) {
      const known = await this.find(item.id, kind);
      if (known !== undefined) return sameJob(known, item);
    }
    try {
      await this.queue.add(item);
    } catch (error) {
      // Someone else submitted the same key in between.
      const known = error instanceof AlreadyQueued ? await this.find(item.id, kind) : undefined;
      if (known === undefined) throw error;
      return sameJob(known, item);
    }
    return { jobId: item.id, created: true };
  }

  /** @throws SrvauError NOT_FOUND. */
  async get(jobId: string): Promise<JobRecord> {
    const record = await this.find(jobId);
    if (record === undefined) throw unknownJob(jobId);
    return record;
  }

  async list(filter: JobFilter = {}): Promise<JobRecord[]> {
    const started = await this.records.all();
    const known = new Set(started.map((record) => record.id));
    const limit = filter.limit ?? 100;
    const lookAtQueue = filter.state === undefined || filter.state === 'queued';
    const waiting = lookAtQueue ? await this.queue.list(known, limit, filter.kind) : [];
    return [...started, ...waiting]
      .filter((record) => filter.state === undefined || record.state === filter.state)
      .filter((record) => filter.kind === undefined || record.kind === filter.kind)
      .sort((a, b) => b.submittedAt.localeCompare(a.submittedAt) || b.id.localeCompare(a.id))
      .slice(0, limit);
  }

  /**
   * Cancels a queued job at once; asks the worker of a running one to stop.
   * @returns the record after the request; a running job becomes `cancelled` when its worker has stopped.
   * @throws SrvauError NOT_FOUND; CONFLICT when the job has ended.
   */
  async cancel(jobId: string): Promise<JobRecord> {
    for (;;) {
      const entry = await this.records.get(jobId);
      const record = entry?.record ?? (await this.get(jobId));
      if (TERMINAL_STATES.has(record.state)) {
        throw new SrvauError(
          'CONFLICT',
          `job ${jobId}: expected a queued or running job, received one that is ${record.state}`,
        );
      }
      const now = new Date().toISOString();
      const next: JobRecord =
        record.state === 'queued'
          ? { ...record, state: 'cancelled', finishedAt: now, cancelRequestedAt: now }
          : { ...record, cancelRequestedAt: record.cancelRequestedAt ?? now };
      try {
        // The message of a cancelled queued job stays until a worker meets it, sees the record and drops it.
        if (entry === undefined) await this.records.create(next);
        // Asked again and again, it must not get in the way of the worker's own writes.
        else if (record.state !== 'running' || record.cancelRequestedAt === undefined)
          await this.records.update(next, entry.revision);
      } catch (error) {
        if (error instanceof RevisionConflict) continue;
        throw error;
      }
      this.connection.publish(controlSubject(jobId), '');
      this.connection.publish(eventSubject(jobId), JSON.stringify(eventOf(next)));
      return next;
    }
  }

  /**
   * Queues a failed or cancelled job again under its own id; it goes on from its last durable step.
   * @throws SrvauError NOT_FOUND; CONFLICT when the job is queued, running or has succeeded.
   */
  async resume(jobId: string): Promise<JobRecord> {
    const entry = await this.records.get(jobId);
    const record = entry?.record ?? (await this.get(jobId));
    const wrongState = new SrvauError(
      'CONFLICT',
      `job ${jobId}: expected a failed or cancelled job, received one that is ${record.state}`,
    );
    if (entry === undefined || record.state === 'running' || record.state === 'succeeded') throw wrongState;
    const { error: _error, finishedAt: _end, cancelRequestedAt: _cancel, worker: _worker, ...kept } = record;
    const next: JobRecord = { ...kept, state: 'queued', attempt: 0 };
    // A job with a queued record but no message is what a resume leaves that died between its two steps.
    const repairs = record.state === 'queued';
    try {
      if (!repairs) await this.records.update(next, entry.revision);
    } catch (error) {
      if (!(error instanceof RevisionConflict)) throw error;
      throw new SrvauError('CONFLICT', `job ${jobId} was changed by someone else at the same time; look at it again`);
    }
    const added = await this.enqueueAgain(next, `${jobId}#${entry.revision}`, repairs ? 0 : ACK_TRIES);
    if (repairs && !added) throw wrongState;
    return next;
  }

  /**
   * The job's record now and after each change, until it has ended or `signal` aborts.
   * Progress between the record's own updates comes from the event stream.
   */
  async *watch(jobId: string, signal: AbortSignal): AsyncGenerator<JobRecord> {
    let record = await this.get(jobId);
    yield record;
    const end = new AbortController();
    const stop = AbortSignal.any([signal, end.signal]);
    const queue = new UpdateQueue<Partial<JobRecord>>();
    const subscription = this.connection.subscribe(eventSubject(jobId), {
      callback: (error, message) => {
        const event = error === null ? readJobEvent(jobId, message.data) : undefined;
        if (event !== undefined) queue.push(fromEvent(event));
      },
    });
    const following = (async () => {
      for await (const update of this.records.watch(jobId, stop)) queue.push(update);
    })().then(
      () => queue.close(),
      (error: unknown) => queue.close(error),
    );
    stop.addEventListener('abort', () => queue.close(), { once: true });
    try {
      while (!TERMINAL_STATES.has(record.state)) {
        const update = await queue.next();
        if (update === undefined) return;
        // An event that overtook the record must not end the watch: the record holds the result.
        if (update.id === undefined && update.state !== record.state) continue;
        record = { ...record, ...update };
        yield record;
      }
    } finally {
      end.abort();
      subscription.unsubscribe();
      await following;
    }
  }

  /** How many jobs of all kinds wait or are being worked on. */
  async backlog(): Promise<number> {
    return this.queue.size();
  }

  private async find(jobId: string, kind?: string): Promise<JobRecord | undefined> {
    return (
      (await this.records.get(jobId))?.record ??
      (await this.queue.find(jobId, kind)) ??
      // Between the two looks a worker may have taken the message and finished the job.
      (await this.records.get(jobId))?.record
    );
  }

  /**
   * A job that ended a moment ago still has its message until the worker's acknowledgement arrives; one that was
   * cancelled while it waited keeps it until a worker meets it, and then this message does for the new start.
   * @returns whether a message was added
   */
  private async enqueueAgain(record: JobRecord, messageId: string, tries: number): Promise<boolean> {
    for (; ; tries -= 1) {
      try {
        await this.queue.add(record, messageId);
        return true;
      } catch (error) {
        if (!(error instanceof AlreadyQueued)) throw error;
        if (tries <= 0) return false;
        await sleep(100);
      }
    }
  }
}

function sameJob(known: JobRecord, item: WorkItem): JobAccepted {
  if (canonicalJson(known.request) === canonicalJson(item.request)) return { jobId: known.id, created: false };
  throw new SrvauError(
    'CONFLICT',
    `idempotencyKey ${JSON.stringify(item.idempotencyKey)}: expected the request it was first used with, received another`,
  );
}

function unknownJob(jobId: string): SrvauError {
  return new SrvauError('NOT_FOUND', `jobId: expected the id of a known job, received ${JSON.stringify(jobId)}`);
}
