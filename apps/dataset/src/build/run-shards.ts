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
  /** What its worker was at when its job was looked at last; undefined while nobody has it. */
  stage: string | undefined;
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
    const { budget } = this.options;
    if (this.stopped !== null) return;
    const begun: number[] = [];
    const total = this.total;
    for (let out = this.itemsOut; this.outstanding.size + begun.length < WINDOW;) {
      const [shard] = this.pending;
      if (shard === undefined || !hasRoom(budget, total, out)) break;
      this.pending.shift();
      begun.push(shard);
      out += this.itemsOf(shard);
    }
    const settled = await Promise.allSettled(begun.map((shard) => this.begin(shard)));
    const isOut = (shard: number): boolean => this.outstanding.has(shard);
    this.pending.unshift(...begun.filter((shard) => !isOut(shard)));
    for (const result of settled) if (result.status === 'rejected') throw result.reason;
  }

  /** Queues a shard; without success while NATS is away. */
  private async begin(shard: number): Promise<void> {
    const { jobs, plan } = this.options;
    const jobId = await this.submit(jobs, shard);
    if (jobId === undefined) return;
    const live = new LiveTally(plan.parts(shard));
    await live.read();
    this.outstanding.set(shard, { jobId, live, items: this.itemsOf(shard), looks: 0, stage: undefined });
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
    each.stage = record?.state === 'running' ? record.progress?.stage : undefined;
    if (record === undefined || !isOver(record)) return;
    if (record.state === 'failed') throw shardFailure(shard, record);
    if ((await plan.done(shard)) !== null) return;
    // Told to stop, or cancelled with a build that was resumed since: what it has finished stays in its journal.
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
    const stages = [...this.outstanding.values()].flatMap(({ stage }) => (stage === undefined ? [] : [stage]));
    // While some work, the build works.
    const stage = stages.every((each) => each.startsWith('waiting ')) ? stages[0] : undefined;
    const { items } = this.options;
    this.options.progress({ stage: stage ?? 'items', done: this.total.items, total: items, unit: 'items' });
  }
}
