import type { JetStreamClient, JsMsg } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import { eventSubject, type JobProgress, type JobRecord, SrvauError, type StructuredLog } from '@srvau/contracts';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JobOutcome } from '../observer';
import { requestContext } from '../request-context';
import { eventOf } from './job-events';
import type { JobContext } from './job-handler';
import { type JobRecordStore, RevisionConflict, type StoredRecord } from './record-store';
import { deadSubject } from './topology';

/** Why a run's signal aborted. */
export class RunAborted extends Error {
  override readonly name = 'RunAborted';
  constructor(readonly why: 'cancelled' | 'shutdown' | 'lease-lost') {
    super(
      {
        cancelled: 'the job was cancelled',
        shutdown: 'the worker shuts down',
        'lease-lost': 'another worker took the job over',
      }[why],
    );
  }
}

export interface JobRunDeps {
  connection: NatsConnection;
  streams: JetStreamClient;
  records: JobRecordStore;
  log: StructuredLog;
  heartbeatMs: number;
  /** Wait before the second attempt; it doubles with each one that fails and got no further, up to a minute. */
  retryMs: number;
}

const PROGRESS_EVENT_MS = 200;
const LONGEST_RETRY_MS = 60_000;

/**
 * One attempt at one job by this process, from the claimed record to the settled message.
 *
 * The record's revision is the fencing token: every write is a compare-and-set on the revision this run wrote last. A
 * run whose write is refused either learns that it is to cancel, or that the job is no longer its own.
 */
export class JobRun {
  private readonly abortion = new AbortController();
  private held: StoredRecord;
  /** Where the attempt before this one was. */
  private readonly reached: JobProgress | undefined;
  private progress: JobProgress | undefined;
  private progressSentAt = 0;
  private writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly deps: JobRunDeps,
    private message: JsMsg,
    claimed: StoredRecord,
  ) {
    this.held = claimed;
    this.reached = claimed.record.progress;
  }

  get jobId(): string {
    return this.held.record.id;
  }

  abort(why: RunAborted['why']): void {
    this.abortion.abort(new RunAborted(why));
  }

  /** The server has delivered the job again to this very process, e.g. after a break in the connection. */
  adopt(message: JsMsg): void {
    this.message = message;
    message.working();
  }

  /** Looks at the record now instead of at the next heartbeat; called when somebody asks to cancel. */
  async look(): Promise<void> {
    await this.serialized(() => this.reconcile());
  }

  async execute(handler: (request: unknown, context: JobContext) => Promise<unknown>): Promise<JobOutcome> {
    const { id, request, attempt } = this.held.record;
    const context: JobContext = {
      jobId: id,
      attempt,
      signal: this.abortion.signal,
      progress: (progress) => this.report(progress),
    };
    this.publishEvent();
    let beating = false;
    const heartbeat = setInterval(() => {
      // While NATS is away a beat takes longer than the interval: they must not queue up behind each other.
      if (beating) return;
      beating = true;
      void this.serialized(() => this.beat()).finally(() => (beating = false));
    }, this.deps.heartbeatMs);
    let settled: { result: unknown } | { error: unknown };
    try {
      settled = { result: await requestContext.run({ jobId: id }, () => handler(request, context)) };
    } catch (error) {
      settled = { error };
    }
    clearInterval(heartbeat);
    return this.serialized(() => this.settle(settled));
  }

  private async settle(settled: { result: unknown } | { error: unknown }): Promise<JobOutcome> {
    if ('result' in settled) {
      return this.finish({ state: 'succeeded', result: settled.result ?? null }, 'succeeded');
    }
    const reason: unknown = this.abortion.signal.reason;
    if (reason instanceof RunAborted) {
      switch (reason.why) {
        case 'lease-lost':
          return 'lease-lost';
        case 'cancelled':
          return this.finish({ state: 'cancelled' }, 'cancelled');
        case 'shutdown':
          return this.release(this.held.record.attempt - 1, undefined, 'handed-over');
      }
    }
    const error = SrvauError.from(settled.error);
    const { attempt, maxAttempts } = this.held.record;
    const fields = { jobId: this.jobId, attempt, maxAttempts, err: settled.error };
    if (error.retryable && attempt < maxAttempts) {
      const failuresInRow = this.gotFurther() ? 1 : (this.held.record.failuresInRow ?? 0) + 1;
      const delayMs = Math.min(this.deps.retryMs * 2 ** (failuresInRow - 1), LONGEST_RETRY_MS);
      this.deps.log.warn({ ...fields, delayMs }, 'job attempt failed; it is tried again');
      return this.release(attempt, error, 'retried', { delayMs, failuresInRow });
    }
    this.deps.log.error(fields, 'job failed');
    return this.bury(error);
  }

  /** Ends the job for good: dead-letter first, so that a death in between repeats the burial and loses nothing. */
  async bury(error: SrvauError): Promise<JobOutcome> {
    const { kind, id, attempt } = this.held.record;
    const letter = { ...this.held.record, state: 'failed', error: error.toWire() };
    await this.insist(async () => {
      await this.deps.streams.publish(deadSubject(kind, id), JSON.stringify(letter), { msgID: `${id}#${attempt}` });
    });
    return this.finish({ state: 'failed', error: error.toWire() }, 'failed');
  }

  private async finish(change: Partial<JobRecord>, outcome: JobOutcome): Promise<JobOutcome> {
    const written = await this.write({ ...change, finishedAt: new Date().toISOString() });
    if (!written) return 'lease-lost';
    // If this acknowledgement is lost, the next worker meets an ended record and drops the message.
    this.message.ack();
    this.publishEvent();
    return outcome;
  }

  private async release(
    attempt: number,
    error: SrvauError | undefined,
    outcome: JobOutcome,
    { delayMs, ...failures }: { delayMs?: number; failuresInRow?: number } = {},
  ): Promise<JobOutcome> {
    const written = await this.write({
      state: 'queued',
      attempt,
      ...failures,
      ...(error === undefined ? {} : { error: error.toWire() }),
    });
    if (!written) return 'lease-lost';
    this.message.nak(delayMs);
    this.publishEvent();
    return outcome;
  }

  /** Whether this attempt did some work that the one before had not. */
  private gotFurther(): boolean {
    const { progress, reached } = this;
    if (progress === undefined) return false;
    return reached === undefined ? progress.done > 0 : progress.stage === reached.stage && progress.done > reached.done;
  }

  private report(progress: JobProgress): void {
    this.progress = progress;
    const now = Date.now();
    if (now - this.progressSentAt < PROGRESS_EVENT_MS && progress.done !== progress.total) return;
    this.progressSentAt = now;
    this.publishEvent();
  }

  private publishEvent(): void {
    const record = this.progress === undefined ? this.held.record : { ...this.held.record, progress: this.progress };
    this.deps.connection.publish(eventSubject(this.jobId), JSON.stringify(eventOf(record)));
  }

  private async beat(): Promise<void> {
    this.message.working();
    const next = this.withProgress({ heartbeatAt: new Date().toISOString() });
    try {
      this.held = await this.deps.records.update(next, this.held.revision);
    } catch (error) {
      if (error instanceof RevisionConflict) await this.reconcile();
      else this.deps.log.warn({ jobId: this.jobId, err: error }, 'heartbeat not written; the next one follows');
    }
  }

  /** Writes until it stands. @returns false when the job belongs to another run by now. */
  private async write(change: Partial<JobRecord>): Promise<boolean> {
    let lost = false;
    await this.insist(async () => {
      try {
        this.held = await this.deps.records.update({ ...this.withProgress(change) }, this.held.revision);
      } catch (error) {
        if (!(error instanceof RevisionConflict)) throw error;
        if (!(await this.reconcile())) lost = true;
        else throw error;
      }
    });
    return !lost;
  }

  /** Takes over what others wrote to our record. @returns false when it is no longer ours. */
  private async reconcile(): Promise<boolean> {
    const now = await this.deps.records.get(this.jobId);
    if (now === undefined || now.record.worker !== this.held.record.worker || now.record.state !== 'running') {
      // Our own write may have succeeded although its answer was lost: then the state is already the one wanted.
      this.abort('lease-lost');
      return false;
    }
    this.held = now;
    if (now.record.cancelRequestedAt !== undefined) this.abort('cancelled');
    return true;
  }

  private withProgress(change: Partial<JobRecord>): JobRecord {
    return { ...this.held.record, ...(this.progress === undefined ? {} : { progress: this.progress }), ...change };
  }

  /** Repeats an operation while NATS is away. The work is done; only its outcome waits to be told. */
  private async insist(operation: () => Promise<void>): Promise<void> {
    for (let wait = 100; ; wait = Math.min(wait * 2, 5_000)) {
      try {
        return await operation();
      } catch (error) {
        if (this.deps.connection.isClosed()) throw error;
        if (!(error instanceof RevisionConflict)) {
          this.deps.log.warn({ jobId: this.jobId, err: error }, 'NATS did not take the outcome of a job; trying again');
        }
        await sleep(wait);
      }
    }
  }

  /** Writes to the record follow one another: two at once would conflict with each other. */
  private serialized<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.writing.then(operation);
    this.writing = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}
