import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import {
  type EvaluationJudgeRequest,
  type EvaluationJudgeResult,
  inField,
  type JobAccepted,
  SrvauError,
  type StructuredLog,
} from '@srvau/contracts';
import { judgeSettings } from '@srvau/judge';
import type { JobContext } from '@srvau/messaging';
import { ModelPool, nativeDirectory, resolveModel } from '@srvau/model-pool';
import { Jobs, SERVICE_LOG } from '@srvau/service';
import { ArtifactStore, fileUri } from '@srvau/storage';
import { EvaluationConfig } from '../evaluation-config';
import { JudgeDirectory } from './judge-directory';
import { runJudgeJob } from './judge-job';
import { readItems } from './read-items';

/** A dead worker on another machine holds the directory until its lock counts as stale, after 30 s of silence. */
const TAKE_OVER_WAIT_MS = 40_000;
/** Deaths of workers that a job survives; whatever else may come and go is waited for. */
const MAX_ATTEMPTS = 20;
const CHECK_MS = 10_000;
/** The record of a job holds its request, and is written again with each sign of life. */
const MAX_DIRECT_BYTES = 512 * 1024;

/** VAU-Eval: has descriptions marked by a judge. */
@Injectable()
export class Judge {
  constructor(
    private readonly config: EvaluationConfig,
    private readonly store: ArtifactStore,
    private readonly models: ModelPool,
    private readonly jobs: Jobs,
    @Inject(SERVICE_LOG) private readonly log: StructuredLog,
  ) {}

  /**
   * Refuses what cannot work, as far as a look at names tells, and makes a job of the rest.
   * @throws SrvauError whose details name the field of the request
   */
  async submit({ idempotencyKey, ...request }: EvaluationJudgeRequest): Promise<JobAccepted> {
    const { items, itemsUri, judge, out } = request;
    if ((items === undefined) === (itemsUri === undefined)) {
      const received = items === undefined ? 'neither' : 'both';
      throw SrvauError.mismatch('INVALID_REQUEST', 'items', 'either items or itemsUri', received);
    }
    if (items !== undefined) {
      const bytes = Buffer.byteLength(JSON.stringify(items));
      if (bytes > MAX_DIRECT_BYTES) {
        const expected = `at most ${MAX_DIRECT_BYTES} bytes, or itemsUri`;
        throw SrvauError.mismatch('PAYLOAD_TOO_LARGE', 'items', expected, `${bytes} bytes`);
      }
      await readItems({ items }, this.store, AbortSignal.timeout(CHECK_MS));
    }
    if (itemsUri !== undefined) await inField('itemsUri', () => this.checkFile(itemsUri));
    await inField('judge', () => this.checkJudge(judge));
    if (out !== undefined) {
      await inField('out', async () => {
        await new JudgeDirectory(await this.store.resolveLocal(out)).claimed();
      });
    }
    const client = await this.jobs.client();
    const accepted = await client.submit('evaluation.judge', request, {
      maxAttempts: MAX_ATTEMPTS,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    });
    this.log.info({ ...accepted, out: out ?? null }, 'judging submitted');
    return accepted;
  }

  /** Work of the job that `submit` makes. */
  async runJob(request: EvaluationJudgeRequest, context: JobContext): Promise<EvaluationJudgeResult> {
    const { store, models, log, config } = this;
    const { jobId, attempt, signal, progress } = context;
    const { out } = request;
    const path = out === undefined ? join(config.home, 'judgements', jobId) : await store.resolveLocal(out);
    const items = await readItems(request, store, signal);
    const uri = await inField('judge', () => resolveModel(request.judge, 'judge', store));
    const lease = await models.acquire(uri, signal);
    try {
      const summary = await runJudgeJob({
        ...{ directory: new JudgeDirectory(path), items, settings: judgeSettings(request), judge: lease.model },
        ...{ lockWaitMs: attempt > 1 ? TAKE_OVER_WAIT_MS : 0, signal, log },
        progress: (now) => progress(now),
      });
      return { ...summary, out: path };
    } finally {
      lease.release();
    }
  }

  private async checkFile(uri: string): Promise<void> {
    // A look at S3 is a request that may take longer than our caller waits.
    if (uri.startsWith('s3:')) return;
    const { kind } = await this.store.stat(uri);
    if (kind !== 'file') throw SrvauError.mismatch('UNPROCESSABLE', uri, 'a file', `a ${kind}`);
  }

  private async checkJudge(given: string): Promise<void> {
    const uri = await resolveModel(given, 'judge', this.store);
    const directory = nativeDirectory(uri);
    // Weights are for the workers to load; opening one of the others costs nothing, and asks whether it may be named.
    if (directory === undefined) await this.models.identify(uri, AbortSignal.timeout(CHECK_MS));
    else if ((await this.store.stat(fileUri(directory))).kind !== 'directory') {
      throw SrvauError.mismatch('UNPROCESSABLE', directory, "a checkpoint's directory", 'a file');
    }
  }
}
