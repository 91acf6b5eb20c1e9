import { canonicalJson, SrvauError } from '@srvau/contracts';
import { failAll, pluginLabel, type ScoreOutcome } from '@srvau/reward-sdk';
import type { RolloutBatch } from '../batch/rollout-batch';
import { busy, lateText } from '../run/in-process-runner';
import { type CodeInfo, pluginInfo } from '../run/plugin-info';
import type { PluginInfo, PluginRunner, RunnerHealth, ScoreRequest } from '../run/runner';
import { unpackOutcomes } from './packed-outcomes';
import { packRows } from './packed-rows';
import { PluginThread, type Reply, type ThreadConfig } from './plugin-thread';

export interface WorkerConfig extends ThreadConfig {
  /** As the user named the plugin. */
  readonly source: string;
  /** Batches that may wait or run at a time; a further one is refused as BUSY. */
  readonly maxBatches: number;
}

/** How long a plugin may take to notice that a batch is aborted, before its thread is ended. */
const ABORT_GRACE_MS = 200;
const CLOSE_GRACE_MS = 2_000;
/** Of a batch whose thread was gone before it took the batch up. */
const MAX_ATTEMPTS = 3;
/** Before a thread is made anew: none after one crash, then doubling, so that a plugin that cannot run costs little. */
const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5_000;

interface Job {
  readonly batch: RolloutBatch;
  readonly request: ScoreRequest;
  readonly resolve: (outcomes: readonly ScoreOutcome[]) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs a plugin in a thread of its own, which is ended when a deadline passes and made anew when it is gone. Batches are
 * scored one after the other: when the thread dies, it is known whose fault it was.
 *
 * Not built on a pool of workers: those share threads between tasks and make them lazily, while here a plugin is to be
 * loaded, checked and disposed in one thread, and a dead thread is to be put down to one batch.
 */
export class WorkerRunner implements PluginRunner {
  private readonly waiting: Job[] = [];
  private running = false;
  private seq = 0;
  private closing: Promise<void> | undefined;

  private thread: PluginThread | undefined;
  /** Settles when the next thread is there, or could not be made. */
  private starting: Promise<void> = Promise.resolve();
  private cancelBackoff: (() => void) | undefined;
  private crashesInARow = 0;
  private restarts = 0;
  private lastError: string | undefined;

  private constructor(
    readonly info: PluginInfo,
    private readonly code: CodeInfo,
    private readonly config: WorkerConfig,
    thread: PluginThread,
  ) {
    this.adopt(thread);
  }

  /** @throws SrvauError UNPROCESSABLE for code that cannot be loaded, INVALID_REQUEST for wrong options */
  static async start(config: WorkerConfig): Promise<WorkerRunner> {
    const { thread, code } = await PluginThread.start(config);
    return new WorkerRunner(pluginInfo(config.manifest, code, config.source, 'worker'), code, config, thread);
  }

  health(): RunnerHealth {
    const state = this.closing !== undefined ? 'closed' : this.thread === undefined ? 'restarting' : 'ready';
    return { state, restarts: this.restarts, ...(this.lastError === undefined ? {} : { lastError: this.lastError }) };
  }

  async score(batch: RolloutBatch, request: ScoreRequest): Promise<readonly ScoreOutcome[]> {
    const { signal } = request;
    signal.throwIfAborted();
    if (this.closing !== undefined) throw this.unloaded();
    const inHand = this.waiting.length + (this.running ? 1 : 0);
    if (inHand >= this.config.maxBatches) throw busy(this.info.id, inHand);
    let onAbort: (() => void) | undefined;
    try {
      return await new Promise((resolve, reject) => {
        const job: Job = { batch, request, resolve, reject };
        onAbort = (): void => {
          const at = this.waiting.indexOf(job);
          if (at >= 0) this.waiting.splice(at, 1);
          reject(signal.reason as Error);
        };
        signal.addEventListener('abort', onAbort, { once: true });
        this.waiting.push(job);
        void this.work();
      });
    } finally {
      if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
    }
  }

  close(): Promise<void> {
    return (this.closing ??= this.shutDown());
  }

  private async shutDown(): Promise<void> {
    for (const { reject } of this.waiting.splice(0)) reject(this.unloaded());
    this.cancelBackoff?.();
    await this.starting.catch(() => undefined);
    await this.thread?.close(CLOSE_GRACE_MS);
  }

  private async work(): Promise<void> {
    if (this.running) return;
    this.running = true;
    for (let job = this.waiting.shift(); job !== undefined; job = this.waiting.shift()) await this.run(job);
    this.running = false;
  }

  /** Settles the job; resolves when the thread is free for the next one, or gone. */
  private async run({ batch, request, resolve, reject }: Job): Promise<void> {
    const { signal, deadlineMs } = request;
    const fail = (why: string): void => resolve(failAll(pluginLabel(this.info), batch.rows, why));
    let giveUp: () => void = () => undefined;
    const over = new Promise<undefined>((done) => (giveUp = () => done(undefined)));
    const timer = setTimeout(() => {
      const state = this.thread === undefined ? `; it is being started again: it ${this.lastError ?? 'ended'}` : '';
      fail(lateText(deadlineMs) + state);
      giveUp();
    }, deadlineMs);
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      for (let attempt = 1; ; attempt++) {
        const thread = await Promise.race([this.ready(), over]);
        if (thread === undefined || signal.aborted) return;
        const reply = await this.ask(thread, batch, request, over);
        if (reply === undefined) return;
        // A thread that died of an earlier batch takes this one with it; it is none the worse for that.
        if (reply.kind === 'ended' && !reply.started && attempt < MAX_ATTEMPTS) continue;
        return this.settle(reply, resolve, reject, fail);
      }
    } catch (error) {
      fail(`could not be started again: ${(error as Error).message}`);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** Resolves when the thread is free again or gone; with undefined where `over` came before the reply. */
  private async ask(
    thread: PluginThread,
    { rows, grammar }: RolloutBatch,
    { options, step, deadlineMs }: ScoreRequest,
    over: Promise<undefined>,
  ): Promise<Reply | undefined> {
    const seq = (this.seq += 1);
    const asked = thread.score({
      ...{ kind: 'score', seq, rows: packRows(rows), grammar },
      ...(options === undefined ? {} : { options }),
      ...(step === undefined ? {} : { step }),
    });
    const reply = await Promise.race([asked, over]);
    let last: Reply | undefined = reply;
    if (reply === undefined) {
      thread.abort(seq);
      last = await within(ABORT_GRACE_MS, asked);
      if (last === undefined) await thread.terminate(`${lateText(deadlineMs)} and did not stop when told`);
    }
    // By then the next thread is being made, and is waited for.
    if (last?.kind === 'ended') await thread.ended;
    return reply;
  }

  private settle(reply: Reply, resolve: Job['resolve'], reject: Job['reject'], fail: (why: string) => void): void {
    if (reply.kind === 'ended') return fail(reply.why);
    this.crashesInARow = 0;
    if (reply.kind === 'rejected') reject(SrvauError.fromWire(reply.error));
    else resolve(unpackOutcomes(reply.outcomes));
  }

  private async ready(): Promise<PluginThread> {
    await this.starting;
    if (this.thread === undefined) throw this.unloaded();
    return this.thread;
  }

  private adopt(thread: PluginThread): void {
    this.thread = thread;
    void thread.ended.then((why) => {
      this.thread = undefined;
      if (this.closing === undefined) this.restart(why);
    });
  }

  private restart(why: string): void {
    const { id } = this.info;
    const backoffMs =
      this.crashesInARow === 0 ? 0 : Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** (this.crashesInARow - 1));
    this.crashesInARow += 1;
    this.restarts += 1;
    this.lastError = why;
    this.config.log('warn', `${pluginLabel(this.info)} ${why}; its thread is started again`, { plugin: id, backoffMs });
    this.starting = this.startAgain(backoffMs);
    this.starting.catch((error: Error) => {
      if (this.closing === undefined) this.restart(`could not be started: ${error.message}`);
    });
  }

  private async startAgain(backoffMs: number): Promise<void> {
    await new Promise<void>((done) => {
      const timer = setTimeout(done, backoffMs);
      this.cancelBackoff = (): void => {
        clearTimeout(timer);
        done();
      };
    });
    if (this.closing !== undefined) throw this.unloaded();
    const { thread, code } = await PluginThread.start(this.config);
    // What is on disk may be another plugin by now; callers were told of this one.
    if (canonicalJson(code) !== canonicalJson(this.code)) {
      await thread.close(CLOSE_GRACE_MS);
      const expected = `the plugin that was loaded, ${pluginLabel(this.info)}`;
      const received = `another one, ${pluginLabel({ id: this.info.id, ...code })}; reload it`;
      throw SrvauError.mismatch('CONFLICT', this.config.manifest.entry, expected, received);
    }
    this.adopt(thread);
  }

  private unloaded(): SrvauError {
    return new SrvauError('UNAVAILABLE', `plugin ${this.info.id}: unloaded`);
  }
}

/** What the promise resolves with, or undefined after a time. */
async function within<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<undefined>((done) => (timer = setTimeout(() => done(undefined), ms)));
  try {
    return await Promise.race([promise, patience]);
  } finally {
    clearTimeout(timer);
  }
}
