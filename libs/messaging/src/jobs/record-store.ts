import { JetStreamApiError } from '@nats-io/jetstream';
import { type KV, type KvEntry, Kvm } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import { type JobRecord, SrvauError } from '@srvau/contracts';
import { JOB_BUCKET, RECORD_TTL_MS } from './topology';
import { readJobRecord } from './work-item';

/** A record and the revision it was read at; writing needs the revision, so that no change is overwritten unseen. */
export interface StoredRecord {
  record: JobRecord;
  revision: number;
}

/** Raised by a write when somebody else wrote first. */
export class RevisionConflict extends Error {
  override readonly name = 'RevisionConflict';
}

const READ_TRIES = 3;

/** JetStream's error code for a refused compare-and-set. */
export const WRONG_LAST_SEQUENCE = 10071;

/** Job records in NATS KV. Every write is a compare-and-set. */
export class JobRecordStore {
  private constructor(private readonly kv: KV) {}

  static async open(connection: NatsConnection, replicas = 1): Promise<JobRecordStore> {
    const kv = await new Kvm(connection).create(JOB_BUCKET, { history: 1, ttl: RECORD_TTL_MS, replicas });
    return new JobRecordStore(kv);
  }

  /** Opens the bucket that a service has made. @throws when there is none */
  static async join(connection: NatsConnection): Promise<JobRecordStore> {
    return new JobRecordStore(await new Kvm(connection).open(JOB_BUCKET));
  }

  /** @throws SrvauError UNPROCESSABLE when what is stored is no record; UNAVAILABLE. */
  async get(jobId: string): Promise<StoredRecord | undefined> {
    const entry = await this.read(() => this.kv.get(jobId));
    if (entry === null || entry.operation !== 'PUT') return undefined;
    const found = stored(entry);
    if (found === undefined) {
      const where = `key ${jobId} of bucket ${JOB_BUCKET}`;
      throw SrvauError.mismatch('UNPROCESSABLE', where, 'a job record', `${entry.length} bytes of something else`);
    }
    return found;
  }

  /** @throws RevisionConflict when there is a record already. */
  async create(record: JobRecord): Promise<StoredRecord> {
    return this.write(record, () => this.kv.create(record.id, JSON.stringify(record)));
  }

  /** @throws RevisionConflict when the record has changed since `revision`. */
  async update(record: JobRecord, revision: number): Promise<StoredRecord> {
    return this.write(record, () => this.kv.update(record.id, JSON.stringify(record), revision));
  }

  /** Every record there is, in no order; what is no record is passed over. */
  async all(): Promise<JobRecord[]> {
    const records: JobRecord[] = [];
    const status = await this.kv.status();
    if (status.values === 0) return records;
    const watcher = await this.kv.watch();
    for await (const entry of watcher) {
      const found = stored(entry);
      if (found !== undefined) records.push(found.record);
      if (entry.delta === 0) break;
    }
    watcher.stop();
    return records;
  }

  /** The record now, and each change from now on, until `signal`. */
  async *watch(jobId: string, signal: AbortSignal): AsyncGenerator<JobRecord> {
    const watcher = await this.kv.watch({ key: jobId });
    const stop = (): void => watcher.stop();
    signal.addEventListener('abort', stop, { once: true });
    try {
      if (signal.aborted) return;
      for await (const entry of watcher) {
        const found = stored(entry);
        if (found !== undefined) yield found.record;
      }
    } finally {
      signal.removeEventListener('abort', stop);
      watcher.stop();
    }
  }

  /** A server that has just come back may not answer the first request: reading again is harmless. */
  private async read<T>(get: () => Promise<T>): Promise<T> {
    for (let tries = READ_TRIES; ; tries -= 1) {
      try {
        return await get();
      } catch (error) {
        if (tries > 1) continue;
        throw new SrvauError('UNAVAILABLE', `NATS does not answer: ${(error as Error).message}`, { cause: error });
      }
    }
  }

  private async write(record: JobRecord, put: () => Promise<number>): Promise<StoredRecord> {
    try {
      return { record, revision: await put() };
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === WRONG_LAST_SEQUENCE) {
        throw new RevisionConflict(`job ${record.id} was changed by another process`);
      }
      throw error;
    }
  }
}

function stored(entry: KvEntry): StoredRecord | undefined {
  if (entry.operation !== 'PUT') return undefined;
  const record = readJobRecord(entry.key, entry.value);
  return record === undefined ? undefined : { record, revision: entry.revision };
}
