import { canonicalJson, SrvauError } from '@srvau/contracts';
import { failAll, pluginLabel } from '@srvau/reward-sdk';
import type { RolloutBatch } from '../batch/rollout-batch';
import { busy, lateText } from '../run/in-process-runner';
import { type CodeInfo, pluginInfo } from '../run/plugin-info';
import type { PluginInfo, PluginRunner, RunnerHealth, ScoreRequest, Scores } from '../run/runner';
import { unpackOutcomes } from './packed-outcomes';
import { PluginProcess, type PluginProcessConfig, type Reply } from './plugin-process';
import type { ScoreMessage } from './protocol';

export interface ProcessConfig extends PluginProcessConfig {
  /** As the user named the plugin. */
  readonly source: string;
  /** Batches that may wait or run at a time; a further one is refused as BUSY. */
  readonly maxBatches: number;
}

/** How long a plugin may take to notice that a batch is aborted, before its process is ended. */
const ABORT_GRACE_MS = 1_000;
const CLOSE_GRACE_MS = 2_000;
/** Of a batch whose process was gone before it took the batch up. */
const MAX_ATTEMPTS = 3;
/** Before a process is made anew: none after one crash, then doubling, so that a plugin that cannot run costs little. */
const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5_000;

interface Job {
  readonly batch: RolloutBatch;
  readonly request: ScoreRequest;
  readonly resolve: (scores: Scores) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Runs a plugin in a child process of its own, which is ended when a deadline passes and started again when it is gone.
 * Batches are scored one after the other: when the process dies, it is known whose fault it was.
 */
export class ProcessRunner implements PluginRunner {
  private readonly waiting: Job[] = [];
  private running = false;
  private seq = 0;
  private closing: Promise<void> | undefined;

  private process: PluginProcess | undefined;
  /** Settles when the next process is there, or could not be made. */
  private starting: Promise<void> = Promise.resolve();
  private cancelBackoff: (() => void) | undefined;
  private crashesInARow = 0;
  private restarts = 0;
  private lastError: string | undefined;

  private constructor(
    readonly info: PluginInfo,
    private readonly code: CodeInfo,
    private readonly config: ProcessConfig,
    process: PluginProcess,
  ) {
    this.adopt(process);
  }

  /** @throws SrvauError UNPROCESSABLE for code that cannot be loaded, INVALID_REQUEST for wrong options */
  static async start(config: ProcessConfig): Promise<ProcessRunner> {
    const { process, code } = await PluginProcess.start(config);
    return new ProcessRunner(pluginInfo(config.manifest, code, config.source, 'child-process'), code, config, process);
  }

  health(): RunnerHealth {
    const state = this.closing !== undefined ? 'closed' : this.process === undefined ? 'restarting' : 'ready';
    return { state, restarts: this.restarts, ...(this.lastError === undefined ? {} : { lastError: this.lastError }) };
  }

  async score(batch: RolloutBatch, request: ScoreRequest): Promise<Scores> {
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
    await this.process?.close(CLOSE_GRACE_MS);
  }

  private async work(): Promise<void> {
    if (this.running) return;
    this.running = true;
    for (let job = this.waiting.shift(); job !== undefined; job = this.waiting.shift()) await this.run(job);
    this.running = false;
  }

  /** Settles the job; resolves when the process is free for the next one, or gone. */
  private async run({ batch, request, resolve, reject }: Job): Promise<void> {
    const { signal, deadlineMs } = request;
    const failed = (why: string): Scores => ({
      outcomes: failAll(pluginLabel(this.info), batch.rows, why),
      range: this.info.range,
    });
    const fail = (why: string): void => resolve(failed(why));
    let giveUp: () => void = () => undefined;
    const over = new Promise<undefined>((done) => (giveUp = () => done(undefined)));
    const timer = setTimeout(() => {
      const state = this.process === undefined ? `; it is being started again: it ${this.lastError ?? 'ended'}` : '';
      resolve({ ...failed(lateText(deadlineMs) + state), late: true });
      giveUp();
    }, deadlineMs);
    signal.addEventListener('abort', giveUp, { once: true });
    try {
      for (let attempt = 1; ; attempt++) {
        const process = await Promise.race([this.ready(), over]);
        if (process === undefined || signal.aborted) return;
        const reply = await this.ask(process, batch, request, over);
        if (reply === undefined) return;
        // A process that died of an earlier batch takes this one with it; it is none the worse for that.
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

  /** Resolves when the process is free again or gone; with undefined where `over` came before the reply. */
  private async ask(
    process: PluginProcess,
    batch: RolloutBatch,
    { options, step, deadlineMs }: ScoreRequest,
    over: Promise<undefined>,
  ): Promise<Reply | undefined> {
    const seq = (this.seq += 1);
    const message: ScoreMessage = {
      ...{ kind: 'score', seq, size: batch.size, grammar: batch.grammar },
      ...(options === undefined ? {} : { options }),
      ...(step === undefined ? {} : { step }),
    };
    const asked = process.score(message, batch.packed);
    const reply = await Promise.race([asked, over]);
    let last: Reply | undefined = reply;
    if (reply === undefined) {
      process.abort(seq);
      last = await within(ABORT_GRACE_MS, asked);
      if (last === undefined) await process.kill(`${lateText(deadlineMs)} and did not stop when told`);
    }
    // By then the next process is being made, and is waited for.
    if (last?.kind === 'ended') await process.ended;
    return reply;
  }

  private settle(reply: Reply, resolve: Job['resolve'], reject: Job['reject'], fail: (why: string) => void): void {
    if (reply.kind === 'ended') return fail(reply.why);
    this.crashesInARow = 0;
    if (reply.kind === 'rejected') reject(SrvauError.fromWire(reply.error));
    else resolve({ outcomes: unpackOutcomes(reply.outcomes), range: reply.range });
  }

  private async ready(): Promise<PluginProcess> {
    await this.starting;
    if (this.process === undefined) throw this.unloaded();
    return this.process;
  }

  private adopt(process: PluginProcess): void {
    this.process = process;
    void process.ended.then((why) => {
      this.process = undefined;
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
    this.config.log('warn', `${pluginLabel(this.info)} ${why}; its process is started again`, {
      plugin: id,
      backoffMs,
    });
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
    const { process, code } = await PluginProcess.start(this.config);
    // What is on disk may be another plugin by now; callers were told of this one.
    if (canonicalJson(code) !== canonicalJson(this.code)) {
      await process.close(CLOSE_GRACE_MS);
      const expected = `the plugin that was loaded, ${pluginLabel(this.info)}`;
      const received = `another one, ${pluginLabel({ id: this.info.id, ...code })}; reload it`;
      throw SrvauError.mismatch('CONFLICT', this.config.manifest.entry, expected, received);
    }
    this.adopt(process);
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
