import { setTimeout as sleep } from 'node:timers/promises';
import type { JetStreamManager } from '@nats-io/jetstream';
import { type StructuredLog, TERMINAL_STATES } from '@srvau/contracts';
import type { Places } from './places';
import type { JobRecordStore } from './record-store';
import { consumerName, WORK_STREAM, workSubject } from './topology';

export interface StallGuardOptions {
  kind: string;
  leaseMs: number;
  manager: JetStreamManager;
  records: JobRecordStore;
  places: Places;
  log: StructuredLog;
  /** Makes the consumer again after it was removed. */
  ensure(): Promise<void>;
}

/** Messages looked at; one that is stuck is reason enough. */
const MAX_LOOKED_AT = 100;

/**
 * Notices that the server keeps work to itself, and gets it back.
 *
 * nats-server 2.9 may come back from kill −9 with a consumer that remembers messages which are acknowledged and gone, and
 * then gives out nothing any more: requests wait, messages wait, for ever. So while a worker waits in vain, it looks from time
 * to time whether jobs lie in the stream that nobody has or beats for. If the same ones lie there a second time, the
 * consumer is removed and made again. Its messages stay in the stream and are all given out anew; what to do about those
 * that are being worked on, workers know from the records.
 */
export class StallGuard {
  private stirred = false;
  private seen: ReadonlyMap<string, string> = new Map();

  constructor(private readonly options: StallGuardOptions) {}

  /** The server has given something out. */
  stir(): void {
    this.stirred = true;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { kind, leaseMs, places, log } = this.options;
    for (;;) {
      // A worker that died just before the first look has lost its job by the second.
      await sleep(2 * leaseMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      const waited = !this.stirred && places.available > 0;
      this.stirred = false;
      try {
        await (waited ? this.look() : this.forget());
      } catch (error) {
        // NATS is away, which is another matter.
        log.debug({ kind, err: error }, 'could not look for work that is stuck');
        this.seen = new Map();
      }
    }
  }

  private forget(): Promise<void> {
    this.seen = new Map();
    return Promise.resolve();
  }

  private async look(): Promise<void> {
    const { kind, manager, log, ensure } = this.options;
    const idle = await this.idleJobs();
    const stuck = [...idle].filter(([id, key]) => this.seen.get(id) === key);
    this.seen = idle;
    if (stuck.length === 0) return;
    log.warn({ kind, jobs: stuck.length }, 'jobs lie in the queue and are not given out; making its consumer anew');
    await manager.consumers.delete(WORK_STREAM, consumerName(kind));
    await ensure();
    this.seen = new Map();
  }

  /** Jobs with a message that nobody seems to work on, each with what tells whether that has changed. */
  private async idleJobs(): Promise<Map<string, string>> {
    const { kind, manager, records } = this.options;
    const filter = workSubject(kind, '*');
    const { state } = await manager.streams.info(WORK_STREAM, { subjects_filter: filter });
    const ids = Object.keys(state.subjects ?? {}).map((subject) => subject.slice(filter.length - 1));
    const idle = new Map<string, string>();
    for (const id of ids.slice(0, MAX_LOOKED_AT)) {
      const found = await records.get(id);
      if (found !== undefined && TERMINAL_STATES.has(found.record.state)) continue;
      // It failed, and waits for its next attempt.
      if (found?.record.state === 'queued' && found.record.error !== undefined) continue;
      idle.set(id, found === undefined ? 'never met' : String(found.revision));
    }
    return idle;
  }
}
