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
import { checkModel, ModelPool, resolveModel } from '@srvau/model-pool';
import { Jobs, SERVICE_LOG } from '@srvau/service';
import { ArtifactStore, takeOverWaitMs } from '@srvau/storage';
import { EvaluationConfig } from '../evaluation-config';
import { JudgeDirectory } from './judge-directory';
import { runJudgeJob } from './judge-job';
import { readItems } from './read-items';

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
  async submit(request: EvaluationJudgeRequest): Promise<JobAccepted> {
    const { store, models } = this;
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
      await readItems({ items }, store, AbortSignal.timeout(CHECK_MS));
    }
    if (itemsUri !== undefined) await inField('itemsUri', () => this.checkFile(itemsUri));
    await checkModel('judge', judge, { store, models });
    if (out !== undefined) {
      await inField('out', async () => {
        await new JudgeDirectory(await store.resolveLocal(out)).claimed();
      });
    }
    const accepted = await this.jobs.submit('evaluation.judge', request, { maxAttempts: MAX_ATTEMPTS });
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
    using lease = await models.acquire(uri, signal);
    const summary = await runJudgeJob({
      ...{ directory: new JudgeDirectory(path), items, settings: judgeSettings(request), judge: lease.model },
      ...{ lockWaitMs: takeOverWaitMs(attempt), signal, log },
      progress: (now) => progress(now),
    });
    return { ...summary, out: path };
  }

  private async checkFile(uri: string): Promise<void> {
    // A look at S3 is a request that may take longer than our caller waits.
    if (uri.startsWith('s3:')) return;
    const { kind } = await this.store.stat(uri);
    if (kind !== 'file') throw SrvauError.mismatch('UNPROCESSABLE', uri, 'a file', `a ${kind}`);
  }
}
