import { setTimeout as sleep } from 'node:timers/promises';
import { type JobProgress, type ReflectStop, SrvauError, type StructuredLog } from '@srvau/contracts';
import { throwIfAborted } from '@srvau/storage';
import { exhausted, hasRoom } from './budget';
import type { Budget } from './settings';
import { isOver, type ShardJobs, shardFailure } from './shard-jobs';
import { LiveTally } from './work/live-tally';
import type { PlanDirectory } from './work/plan-directory';
import { emptyTally, sum, type Tally } from './work/tally';

export interface RunShardsOptions {
  plan: PlanDirectory;
  shards: number;
  items: number;
  shardItems: number;
  budget: Budget;
  jobs: ShardJobs;
  signal: AbortSignal;
  progress(progress: JobProgress): void;
  log: StructuredLog;
}

/** A shard that is queued or worked on. */
interface Outstanding {
  jobId: string;
  live: LiveTally;
  items: number;
  looks: number;
  /** What its worker waits for; undefined while it works. */
  waiting: string | undefined;
}

/** Shards in the queue at once: enough for dozens of workers, few enough that a limit stops soon. */
const WINDOW = 64;
const TICK_MS = 250;
/** Every so many ticks a shard's job is looked at; that it is done tells the disk. */
const LOOK_EVERY = 4;
const DONE_AT_ONCE = 64;

/**
 * Has all shards of a plan done, or as many as the budget allows. What is done is told by the disk, so that this can begin
 * anew anywhere; the queue only deals the work out.
 *
 * @returns the limit that ended it; null where everything is done.
 * @throws SrvauError: a shard failed for good; the signal's reason. The other shards are then still out.
 */
export class ShardRun {
  private readonly outstanding = new Map<number, Outstanding>();
  private readonly pending: number[] = [];
  private finished: Tally = emptyTally();
  private stopped: ReflectStop | null = null;

  constructor(private readonly options: RunShardsOptions) {}

  /** Jobs that are out, to be cancelled with the build. */
  get jobIds(): string[] {
    return [...this.outstanding.values()].map(({ jobId }) => jobId);
  }

  async run(): Promise<ReflectStop | null> {
    const { plan, budget, signal } = this.options;
    await this.scan();
    this.stopped = exhausted(budget, this.total);
    await plan.setStopped(this.stopped !== null);
    this.report();
    while (this.stopped === null || this.outstanding.size > 0) {
      throwIfAborted(signal);
      await this.refill();
      if (this.outstanding.size === 0) break;
      await sleep(TICK_MS, undefined, { signal }).catch(() => undefined);
      for (const [shard, each] of [...this.outstanding]) await this.visit(shard, each);
      await this.checkBudget();
      this.report();
    }
    throwIfAborted(signal);
    return this.stopped;
  }

  private get total(): Tally {
    return sum([this.finished, ...[...this.outstanding.values()].map(({ live }) => live.tally)]);
  }

  /** What former runs have done: for each shard a file says so, or its journals do once it is out again. */
  private async scan(): Promise<void> {
    const { plan, shards } = this.options;
    for (let from = 0; from < shards; from += DONE_AT_ONCE) {
      const numbers = Array.from({ length: Math.min(DONE_AT_ONCE, shards - from) }, (_, i) => from + i);
      const tallies = await Promise.all(numbers.map((shard) => plan.done(shard)));
      tallies.forEach((tally, i) => {
        if (tally === null) this.pending.push(from + i);
        else this.finished = sum([this.finished, tally]);
      });
    }
  }

  private async refill(): Promise<void> {
    const { budget, jobs, plan } = this.options;
    while (this.stopped === null && this.pending.length > 0 && this.outstanding.size < WINDOW) {
      if (!hasRoom(budget, this.total, this.itemsOut)) return;
      const [shard] = this.pending;
      if (shard === undefined) return;
      const jobId = await this.submit(jobs, shard);
      if (jobId === undefined) return;
      this.pending.shift();
      const live = new LiveTally(plan.parts(shard));
      await live.read();
      this.outstanding.set(shard, { jobId, live, items: this.itemsOf(shard), looks: 0, waiting: undefined });
    }
  }

  private async submit(jobs: ShardJobs, shard: number): Promise<string | undefined> {
    try {
      return await jobs.submit(shard);
    } catch (error) {
      if (!(error instanceof SrvauError) || !error.retryable) throw error;
      this.options.log.warn({ shard, err: error }, 'a shard could not be queued; trying again');
      return undefined;
    }
  }

  private async visit(shard: number, each: Outstanding): Promise<void> {
    const { plan, jobs } = this.options;
    const done = await plan.done(shard);
    if (done !== null) {
      this.outstanding.delete(shard);
      this.finished = sum([this.finished, done]);
      return;
    }
    await each.live.read();
    each.looks += 1;
    if (each.looks % LOOK_EVERY !== 0) return;
    const record = await jobs.look(each.jobId);
    const stage = record?.state === 'running' ? record.progress?.stage : undefined;
    each.waiting = stage?.startsWith('waiting ') === true ? stage : undefined;
    if (record === undefined || !isOver(record)) return;
    if (record.state !== 'succeeded') throw shardFailure(shard, record);
    if ((await plan.done(shard)) !== null) return;
    // Told to stop: what it has finished stays in its journal.
    await each.live.read();
    this.outstanding.delete(shard);
    this.finished = sum([this.finished, each.live.tally]);
    if (this.stopped === null) this.pending.unshift(shard);
  }

  private async checkBudget(): Promise<void> {
    const { budget, plan } = this.options;
    if (this.stopped !== null) return;
    const stop = exhausted(budget, this.total);
    if (stop === null) return;
    // Records are counted out beforehand, see `hasRoom`; what is out is to be finished.
    if (stop === 'max-records' && this.outstanding.size > 0) return;
    this.stopped = stop;
    await plan.setStopped(true);
  }

  /** What is missing in the shards that are out. */
  private get itemsOut(): number {
    let out = 0;
    for (const { items, live } of this.outstanding.values()) out += Math.max(0, items - live.tally.items);
    return out;
  }

  private itemsOf(shard: number): number {
    const { items, shardItems } = this.options;
    return Math.min(shardItems, items - shard * shardItems);
  }

  private report(): void {
    const waiting = [...this.outstanding.values()].map((each) => each.waiting);
    // While some work, the build works.
    const stage = waiting.length > 0 && waiting.every((each) => each !== undefined) ? waiting[0] : undefined;
    const { items } = this.options;
    this.options.progress({ stage: stage ?? 'items', done: this.total.items, total: items, unit: 'items' });
  }
}
