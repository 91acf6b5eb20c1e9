import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import {
  type EvaluationScoreJobRequest,
  type EvaluationScoreRequest,
  type EvaluationScores,
  type JobProgress,
  SrvauError,
} from '@srvau/contracts';
import type { ArtifactStoreOptions } from '@srvau/storage';
import { Piscina } from 'piscina';
import type { ScoreOutcome, ScoreTask } from './score-thread';

/** One for the job and one for those who wait, also on one processor: there the system shares it out between them. */
const MIN_MOST = 2;
const MAX_MOST = 8;
const IDLE_MS = 60_000;

/**
 * Reads and scores files away from the thread on which the service answers: a job over millions of rows takes a processor for
 * minutes, and nobody else is to notice.
 */
export class ScoreThreads {
  private readonly pool: Piscina<ScoreTask, ScoreOutcome>;

  constructor(store: ArtifactStoreOptions) {
    this.pool = new Piscina({
      filename: join(__dirname, 'score-thread.js'),
      name: 'scoreTask',
      workerData: store,
      minThreads: 1,
      maxThreads: Math.min(MAX_MOST, Math.max(MIN_MOST, availableParallelism())),
      idleTimeout: IDLE_MS,
      // Threads that wait for work in a lock would not see that connections to S3 were closed meanwhile.
      atomics: 'disabled',
    });
  }

  /** @returns undefined where a file has more rows than are scored while the caller waits @throws SrvauError */
  async request(request: EvaluationScoreRequest): Promise<EvaluationScores | undefined> {
    return this.run({ kind: 'request', request }, {});
  }

  /** @throws SrvauError; the reason of `signal`, whose abort ends the thread */
  async job(
    request: EvaluationScoreJobRequest,
    { signal, progress }: { signal: AbortSignal; progress(progress: JobProgress): void },
  ): Promise<EvaluationScores> {
    const { port1: ours, port2: theirs } = new MessageChannel();
    ours.on('message', progress);
    try {
      const task: ScoreTask = { kind: 'job', request, progress: theirs };
      const scores = await this.run(task, { signal, transferList: [theirs] });
      if (scores === undefined) throw new Error('a job of scoring came back without scores');
      return scores;
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      ours.close();
    }
  }

  async close(): Promise<void> {
    await this.pool.destroy();
  }

  private async run(
    task: ScoreTask,
    options: { signal?: AbortSignal; transferList?: readonly [MessageChannel['port2']] },
  ): Promise<EvaluationScores | undefined> {
    let outcome: ScoreOutcome;
    try {
      const { signal, transferList } = options;
      outcome = await this.pool.run(task, {
        ...(signal === undefined ? {} : { signal }),
        ...(transferList === undefined ? {} : { transferList: [...transferList] }),
      });
    } catch (error) {
      throw hasCode(error, 'ERR_WORKER_OUT_OF_MEMORY') ? outOfMemory(error) : error;
    }
    if ('error' in outcome) throw SrvauError.fromWire(outcome.error);
    return outcome.scores ?? undefined;
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code;

function outOfMemory(cause: unknown): SrvauError {
  const message =
    'expected references that fit into the memory of a scoring thread, received more; raise --max-old-space-size in NODE_OPTIONS, or score parts of them';
  return new SrvauError('UNPROCESSABLE', message, { cause });
}
