import { join } from 'node:path';
import { type JobProgress, type RunEvent, SrvauError, type StructuredLog, type TrainSummary } from '@srvau/contracts';
import { abortError, throwIfAborted } from '@srvau/storage';
import { failureOf, SILENT } from './failure';
import { ALIVE_MS, type AttemptSpec, type FromRank, type StopReason } from './protocol';
import { type RankEnd, RankProcess, type RankProgram } from './rank-process';

export interface AttemptOptions {
  readonly signal: AbortSignal;
  /** Why the signal aborted; asked when it has. */
  readonly stopReason: () => Exclude<StopReason, 'rank-failed'>;
  readonly log: StructuredLog;
  readonly progress: (progress: JobProgress) => void;
  readonly onMetrics?: (step: number, values: Readonly<Record<string, number>>) => void;
  readonly onEvent?: (event: RunEvent) => void;
  /** That ranks have to end by themselves once they are told. */
  readonly graceMs?: number;
  /** A rank that says nothing for so long, not even that it is alive, is stuck. */
  readonly silenceMs?: number;
  readonly program?: RankProgram;
}

const DEFAULTS = { graceMs: 5_000, silenceMs: 12 * ALIVE_MS, program: { file: join(__dirname, '../rank/main.js') } };

/** With the run finished and rank 0 gone the others have nothing left but to write the last samples. */
const LEAVE_MS = 60_000;

/**
 * One attempt at a training, in a process for each rank: a crash of native code, a hang or a full memory ends the attempt and
 * not the service, and whatever the attempt took is given back.
 *
 * The first rank that fails ends all. When this promise settles no process is left.
 *
 * @throws SrvauError what ended it; UNAVAILABLE, so worth another attempt, for a process that died. The signal's reason.
 */
export async function runAttempt(spec: AttemptSpec, options: AttemptOptions): Promise<TrainSummary> {
  throwIfAborted(options.signal);
  const attempt = new Attempt(spec, { ...DEFAULTS, ...options });
  return attempt.run();
}

class Attempt {
  private readonly ranks: RankProcess[] = [];
  private readonly ends: RankEnd[] = [];
  private summary: TrainSummary | undefined;
  private stopping: StopReason | undefined;
  private killTimer: NodeJS.Timeout | undefined;

  constructor(
    private readonly spec: AttemptSpec,
    private readonly options: AttemptOptions & typeof DEFAULTS,
  ) {}

  async run(): Promise<TrainSummary> {
    const { signal, stopReason, log } = this.options;
    const worldSize = this.spec.request.ranks ?? 1;
    const onAbort = (): void => this.stop(stopReason());
    signal.addEventListener('abort', onAbort, { once: true });
    const watch = setInterval(() => this.endSilent(), this.options.silenceMs / 12);
    try {
      for (let rank = 0; rank < worldSize; rank += 1) {
        this.ranks.push(this.launch(rank));
      }
      log.info({ jobId: this.spec.jobId, pids: this.ranks.map(({ pid }) => pid) }, 'ranks started');
      this.start(0, 0);
      await Promise.all(this.ranks.map((rank) => this.untilEnd(rank)));
    } finally {
      signal.removeEventListener('abort', onAbort);
      clearInterval(watch);
      clearTimeout(this.killTimer);
      // Those that stand where a later one could not be started.
      for (const rank of this.ranks) rank.kill('the attempt has ended');
      await Promise.all(this.ranks.map(({ ended }) => ended));
    }
    return this.outcome();
  }

  /** @throws SrvauError UNAVAILABLE: the system has no process to give */
  private launch(rank: number): RankProcess {
    const { log, program } = this.options;
    try {
      return new RankProcess(rank, program, log, (message) => this.take(rank, message));
    } catch (cause) {
      throw new SrvauError('UNAVAILABLE', `rank ${rank} could not be started: ${String(cause)}`, { cause });
    }
  }

  private outcome(): TrainSummary {
    // The run is whole once rank 0 has said so, whatever came afterwards.
    if (this.summary !== undefined) return this.summary;
    if (this.options.signal.aborted) throw abortError(this.options.signal);
    throw failureOf(this.ends) ?? new SrvauError('INTERNAL', 'the ranks ended without a result');
  }

  private start(rank: number, port: number): void {
    this.ranks[rank]?.send({ type: 'start', spec: this.spec, rank, worldSize: this.ranks.length, port });
  }

  private take(from: number, message: FromRank): void {
    switch (message.type) {
      case 'listening':
        for (const { rank } of this.ranks.slice(1)) this.start(rank, message.port);
        return;
      case 'progress':
        return this.options.progress(message.progress);
      case 'metrics':
        return this.options.onMetrics?.(message.step, message.values);
      case 'event':
        return this.options.onEvent?.(message.event);
      case 'done':
        this.summary = message.summary;
        return;
      case 'failed':
        return this.stop('rank-failed', message.byOthers ? undefined : `rank ${from}: ${message.error.message}`);
      case 'alive':
        return;
    }
  }

  private async untilEnd(rank: RankProcess): Promise<void> {
    const end = await rank.ended;
    this.ends.push(end);
    const isDone = end.code === 0 && end.failed === undefined;
    if (!isDone) this.stop('rank-failed', failureOf([end])?.message);
    // A stop that is under way has a shorter grace.
    else if (rank.rank === 0 && this.stopping === undefined) this.killAfter(LEAVE_MS);
  }

  private stop(why: StopReason, because?: string): void {
    if (this.stopping !== undefined) return;
    this.stopping = why;
    const message = { type: 'stop', why, ...(because === undefined ? {} : { because }) } as const;
    for (const rank of this.ranks) rank.send(message);
    this.killAfter(this.options.graceMs);
  }

  private killAfter(ms: number): void {
    clearTimeout(this.killTimer);
    this.killTimer = setTimeout(() => {
      for (const rank of this.ranks) rank.kill(`it did not end within ${ms} ms`);
    }, ms);
  }

  private endSilent(): void {
    for (const rank of this.ranks) if (rank.silentMs > this.options.silenceMs) rank.kill(SILENT);
  }
}
