import { JetStreamApiError, type JetStreamClient, type JetStreamManager } from '@nats-io/jetstream';
import { type JobRecord, SrvauError } from '@srvau/contracts';
import { WRONG_LAST_SEQUENCE } from './record-store';
import { ANY_KIND, WORK_STREAM, workSubject } from './topology';
import { readWorkItem, toRecord, type WorkItem } from './work-item';

/** Raised when a job that is to be queued has a message in the queue already. */
export class AlreadyQueued extends Error {
  override readonly name = 'AlreadyQueued';
}

/** The messages of jobs that wait or are being worked on. */
export class WorkQueue {
  constructor(
    private readonly streams: JetStreamClient,
    private readonly manager: JetStreamManager,
  ) {}

  /**
   * On return the job is on disk in the queue.
   * @throws AlreadyQueued when it has a message; SrvauError UNAVAILABLE.
   */
  async add(item: WorkItem | JobRecord, messageId: string = item.id): Promise<void> {
    const subject = workSubject(item.kind, item.id);
    let duplicate: boolean;
    try {
      const ack = await this.streams.publish(subject, JSON.stringify(item), {
        // The id makes a publish that is repeated after a lost answer harmless.
        msgID: messageId,
        expect: { lastSubjectSequence: 0 },
      });
      duplicate = ack.duplicate;
    } catch (error) {
      if (error instanceof JetStreamApiError && error.code === WRONG_LAST_SEQUENCE) throw new AlreadyQueued(item.id);
      throw new SrvauError('UNAVAILABLE', `the job could not be queued: ${(error as Error).message}`, { cause: error });
    }
    if (duplicate) throw new AlreadyQueued(item.id);
  }

  /** A job that no worker has met yet has no record: its message says what there is to say. */
  async find(jobId: string, kind?: string): Promise<JobRecord | undefined> {
    const subject =
      kind === undefined ? (await this.subjects(workSubject(ANY_KIND, jobId)))[0] : workSubject(kind, jobId);
    return subject === undefined ? undefined : this.read(subject);
  }

  /** Newest first, at most `limit`, without those in `known`. */
  async list(known: ReadonlySet<string>, limit: number, kind: string = ANY_KIND): Promise<JobRecord[]> {
    const waiting = (await this.subjects(workSubject(kind, '*')))
      .map((subject) => ({ subject, id: subject.slice(subject.lastIndexOf('.') + 1) }))
      .filter(({ id }) => !known.has(id))
      // Ids begin with the time of submission, except keyed ones; the newest are the ones to show.
      .sort((a, b) => (a.id < b.id ? 1 : -1))
      .slice(0, limit);
    const found: JobRecord[] = [];
    for (const { subject } of waiting) {
      const record = await this.read(subject);
      if (record !== undefined) found.push(record);
    }
    return found;
  }

  /** How many jobs of all kinds wait or are being worked on. */
  async size(): Promise<number> {
    return (await this.manager.streams.info(WORK_STREAM)).state.messages;
  }

  private async subjects(filter: string): Promise<string[]> {
    const info = await this.manager.streams.info(WORK_STREAM, { subjects_filter: filter });
    return Object.keys(info.state.subjects ?? {});
  }

  private async read(subject: string): Promise<JobRecord | undefined> {
    const message = await this.manager.streams.getMessage(WORK_STREAM, { last_by_subj: subject });
    const item = message === null ? undefined : readWorkItem(subject, message.data);
    return item === undefined ? undefined : toRecord(item);
  }
}
