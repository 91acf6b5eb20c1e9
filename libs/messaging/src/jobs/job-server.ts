import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ConsumerMessages,
  jetstream,
  type JetStreamClient,
  jetstreamManager,
  type JsMsg,
} from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { type CustomTransportStrategy, Server } from '@nestjs/microservices';
import { eventSubject, type JobRecord, parseDto, silentLog, SrvauError, type StructuredLog } from '@srvau/contracts';
import { isObservable, lastValueFrom } from 'rxjs';
import type { NatsLink } from '../connection/link';
import { type MessagingObserver, silentObserver } from '../observer';
import { eventOf } from './job-events';
import { type JobContext, type JobHandlerOptions, JOB_TRANSPORT } from './job-handler';
import { JobRun } from './job-run';
import { Places } from './places';
import { JobRecordStore, RevisionConflict, type StoredRecord } from './record-store';
import { StallGuard } from './stall-guard';
import {
  consumerName,
  controlSubject,
  DEFAULT_LEASE_MS,
  DEFAULT_RETRY_MS,
  deadSubject,
  ensureJobStreams,
  ensureWorker,
  WORK_STREAM,
} from './topology';
import { readWorkItem, toRecord, type WorkItem } from './work-item';

export interface JobServerOptions {
  link: NatsLink;
  /** First part of the worker's name in job records. */
  service: string;
  /** Time without a sign of life after which a job goes to another worker. Heartbeats come six times as often. */
  leaseMs?: number;
  /** Wait before a failed attempt is tried again; doubles with each one that gets no further, up to a minute. Default 1000. */
  retryMs?: number;
  replicas?: number;
  /** Jobs of each kind worked on at once, where the handler does not set a number of its own. Default 1. */
  concurrency?: number;
  log?: StructuredLog;
  observer?: MessagingObserver;
}

type Handler = (request: unknown, context: JobContext) => Promise<unknown>;

/** How long one request for work waits at the server. */
const PULL_MS = 30_000;

/**
 * Nest transport strategy that works on durable jobs from JetStream.
 *
 * A job's message is acknowledged only when its record says that it has ended. While a handler runs, heartbeats tell
 * the server (`working`) and the record that the worker lives, so a job may run for days under a lease of seconds; a
 * worker that dies misses them and the job goes to another.
 */
export class JobServer extends Server implements CustomTransportStrategy {
  override readonly transportId = JOB_TRANSPORT;
  private readonly log: StructuredLog;
  private readonly observer: MessagingObserver;
  private readonly leaseMs: number;
  private readonly worker: string;
  private readonly runs = new Map<string, JobRun>();
  private readonly settling = new Set<Promise<void>>();
  private readonly stop = new AbortController();
  private loops: Promise<void>[] = [];
  private readonly guards: Promise<void>[] = [];
  private connection!: NatsConnection;
  private streams!: JetStreamClient;
  private records!: JobRecordStore;

  constructor(private readonly options: JobServerOptions) {
    super();
    // Each job that waits for the lease of another worker listens, and there may be any number of them.
    setMaxListeners(0, this.stop.signal);
    this.log = options.log ?? silentLog;
    this.observer = options.observer ?? silentObserver;
    this.leaseMs = options.leaseMs ?? DEFAULT_LEASE_MS;
    this.worker = `${options.service}/${hostname()}/${process.pid}/${randomBytes(4).toString('hex')}`;
  }

  /** Kinds of job that this process works on. */
  get kinds(): string[] {
    return this.jobHandlers().map(({ options }) => options.kind);
  }

  listen(callback: (error?: unknown) => void): void {
    this.start().then(() => callback(), callback);
  }

  /** Takes no new jobs, hands those under way over to other workers, and returns when all have let go. */
  async close(): Promise<void> {
    this.stop.abort();
    for (const run of this.runs.values()) run.abort('shutdown');
    await Promise.all(this.loops);
    await Promise.all(this.guards);
    await Promise.all(this.settling);
  }

  on(): never {
    throw new Error('JobServer has no events');
  }

  unwrap<T>(): T {
    return this.connection as T;
  }

  private jobHandlers(): { options: JobHandlerOptions; handler: Handler }[] {
    return [...this.messageHandlers.values()].map((handler) => ({
      options: (handler.extras as { job: JobHandlerOptions }).job,
      handler: async (request, context) => {
        const result: unknown = await handler(request, context);
        return isObservable(result) ? lastValueFrom(result, { defaultValue: undefined }) : result;
      },
    }));
  }

  private async start(): Promise<void> {
    this.connection = await this.options.link.connection();
    if (this.stop.signal.aborted) return;
    const replicas = this.options.replicas ?? 1;
    await ensureJobStreams(this.connection, { replicas });
    this.streams = jetstream(this.connection);
    this.records = await JobRecordStore.open(this.connection, replicas);
    const handlers = this.jobHandlers();
    for (const { options } of handlers) await ensureWorker(this.connection, options.kind, this.leaseMs);
    // After everything that may fail: a start that failed is tried again.
    this.connection.subscribe(controlSubject('*'), {
      callback: (error, message) => {
        if (error === null) void this.runs.get(message.subject.slice(controlSubject('').length))?.look();
      },
    });
    this.loops = handlers.map(({ options, handler }) => this.loop(options, handler));
  }

  /** Asks for as many jobs as there are free places, for ever. */
  private async loop(options: JobHandlerOptions, handler: Handler): Promise<void> {
    const places = new Places(options.concurrency ?? this.options.concurrency ?? 1);
    const guard = await this.guardAgainstStalls(options.kind, places);
    while (!this.stop.signal.aborted) {
      try {
        await places.free(this.stop.signal);
        await this.pull(options, handler, places, guard);
      } catch (error) {
        if (this.stop.signal.aborted) break;
        this.log.warn({ kind: options.kind, err: error }, 'no work could be asked for; trying again');
        await sleep(500, undefined, { signal: this.stop.signal }).catch(() => undefined);
      }
    }
  }

  private async guardAgainstStalls(kind: string, places: Places): Promise<StallGuard> {
    const { connection, records, log, leaseMs } = this;
    const guard = new StallGuard({
      ...{ kind, leaseMs, records, places, log, manager: await jetstreamManager(connection, { checkAPI: false }) },
      ensure: () => ensureWorker(connection, kind, leaseMs),
    });
    this.guards.push(guard.run(this.stop.signal));
    return guard;
  }

  private async pull(options: JobHandlerOptions, handler: Handler, places: Places, guard: StallGuard): Promise<void> {
    const consumer = await this.streams.consumers
      .get(WORK_STREAM, consumerName(options.kind))
      .catch(async (error: unknown) => {
        // Streams can be lost with the disk of a server that is replaced: they are made again.
        await ensureJobStreams(this.connection, { replicas: this.options.replicas ?? 1 });
        await ensureWorker(this.connection, options.kind, this.leaseMs);
        throw error;
      });
    while (!this.stop.signal.aborted) {
      await places.free(this.stop.signal);
      const batch: ConsumerMessages = await consumer.fetch({ max_messages: places.available, expires: PULL_MS });
      const end = (): void => batch.stop();
      this.stop.signal.addEventListener('abort', end, { once: true });
      if (this.stop.signal.aborted) end();
      try {
        for await (const message of batch) {
          guard.stir();
          if (this.stop.signal.aborted) {
            message.nak();
            continue;
          }
          places.take();
          this.settle(
            this.work(options, handler, message).finally(() => places.give()),
            message,
          );
        }
      } finally {
        this.stop.signal.removeEventListener('abort', end);
      }
    }
  }

  private settle(work: Promise<void>, message: JsMsg): void {
    const settled = work.catch((error: unknown) => {
      // Not acknowledged: the lease runs out and the job comes again.
      this.log.error({ err: error, subject: message.subject }, 'a job could not be settled');
    });
    this.settling.add(settled);
    void settled.finally(() => this.settling.delete(settled));
  }

  private async work(options: JobHandlerOptions, handler: Handler, message: JsMsg): Promise<void> {
    const item = readWorkItem(message.subject, message.data);
    if (item === undefined || item.kind !== options.kind) {
      return this.putAway(options.kind, 'unreadable', message, 'a message in the work queue is not a job');
    }
    const own = this.runs.get(item.id);
    if (own !== undefined) {
      own.adopt(message);
      return;
    }
    let claimed: StoredRecord | undefined;
    try {
      claimed = await this.claim(item, message);
    } catch (error) {
      if (!(error instanceof SrvauError) || error.retryable) throw error;
      return this.putAway(item.kind, item.id, message, error.message);
    }
    if (claimed === undefined) return;

    const deps = {
      connection: this.connection,
      streams: this.streams,
      records: this.records,
      log: this.log,
      heartbeatMs: this.leaseMs / 6,
      retryMs: this.options.retryMs ?? DEFAULT_RETRY_MS,
    };
    const run = new JobRun(deps, message, claimed);
    this.runs.set(item.id, run);
    if (this.stop.signal.aborted) run.abort('shutdown');
    const started = performance.now();
    this.observer.jobStarted(options.kind);
    try {
      const { attempt, maxAttempts } = claimed.record;
      const outcome =
        attempt > maxAttempts
          ? await run.bury(new SrvauError('INTERNAL', `the worker died during each of ${maxAttempts} attempts`))
          : await run.execute((request, context) =>
              handler(parseDto(options.request, request, `${options.kind} job`), context),
            );
      this.observer.jobDone(options.kind, outcome, (performance.now() - started) / 1000);
    } finally {
      this.runs.delete(item.id);
    }
  }

  /** Takes out of the queue what no worker could ever settle. */
  private async putAway(kind: string, id: string, message: JsMsg, reason: string): Promise<void> {
    this.log.error({ subject: message.subject, reason }, 'moved to the dead letters');
    await this.streams.publish(deadSubject(kind, id), message.data);
    message.term();
  }

  /** Makes the job ours, or settles its message when there is nothing to do. */
  private async claim(item: WorkItem, message: JsMsg): Promise<StoredRecord | undefined> {
    const fresh = toRecord(item);
    let known = message.redelivered || item.idempotencyKey !== undefined ? await this.records.get(item.id) : undefined;
    for (;;) {
      if (known !== undefined && known.record.state !== 'queued') {
        if (known.record.state !== 'running') {
          message.ack();
          return undefined;
        }
        const alive = await this.isAlive(known);
        // A watch that our shutdown cut short has seen nothing: no reason to take the job from a worker that may live.
        if (alive || this.stop.signal.aborted) {
          message.nak(this.leaseMs / 2);
          return undefined;
        }
      }
      const now = new Date().toISOString();
      const base = known?.record ?? fresh;
      // Asked of a worker that died or shut down before it could obey.
      const cancelled = base.cancelRequestedAt !== undefined;
      const { error: _error, ...kept } = base;
      const next: JobRecord = cancelled
        ? { ...kept, state: 'cancelled', finishedAt: now }
        : {
            ...kept,
            state: 'running',
            attempt: base.attempt + 1,
            startedAt: base.startedAt ?? now,
            heartbeatAt: now,
            worker: this.worker,
          };
      try {
        const written =
          known === undefined ? await this.records.create(next) : await this.records.update(next, known.revision);
        if (!cancelled) return written;
        message.ack();
        this.connection.publish(eventSubject(item.id), JSON.stringify(eventOf(next)));
        return undefined;
      } catch (error) {
        if (!(error instanceof RevisionConflict)) throw error;
        known = await this.records.get(item.id);
      }
    }
  }

  /**
   * The server gave us a job that the record says is running elsewhere: either its worker is dead, or only its signs
   * of life to the server were lost. Workers' clocks may differ, so we watch the record for longer than a heartbeat.
   */
  private async isAlive(known: StoredRecord): Promise<boolean> {
    await sleep(this.leaseMs / 4, undefined, { signal: this.stop.signal }).catch(() => undefined);
    const later = await this.records.get(known.record.id);
    return later !== undefined && later.revision !== known.revision;
  }
}
