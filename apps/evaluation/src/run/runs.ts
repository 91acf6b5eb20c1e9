import { join } from 'node:path';
import { Inject, Injectable } from '@nestjs/common';
import {
  type EvaluationRunRequest,
  type EvaluationRunResult,
  inField,
  type JobAccepted,
  type ServiceInfo,
  SrvauError,
  type StructuredLog,
} from '@srvau/contracts';
import type { JobContext } from '@srvau/messaging';
import { LocalVideos, ModelPool, nativeDirectory, resolveModel } from '@srvau/model-pool';
import { Jobs, SERVICE_INFO, SERVICE_LOG } from '@srvau/service';
import { ArtifactStore, fileUri, inspectDataset } from '@srvau/storage';
import { EvaluationConfig } from '../evaluation-config';
import { ReportPlace } from '../report-place';
import { runEvaluation } from './run';

/** A dead worker on another machine holds the directory until its lock counts as stale, after 30 s of silence. */
const TAKE_OVER_WAIT_MS = 40_000;
/** Deaths of workers that a run survives; whatever else may come and go is waited for. */
const MAX_ATTEMPTS = 20;
const CHECK_MS = 10_000;

/** Runs: a model × a dataset × a protocol → a report. */
@Injectable()
export class Runs {
  constructor(
    private readonly config: EvaluationConfig,
    private readonly store: ArtifactStore,
    private readonly models: ModelPool,
    private readonly videos: LocalVideos,
    private readonly place: ReportPlace,
    private readonly jobs: Jobs,
    @Inject(SERVICE_INFO) private readonly info: () => ServiceInfo,
    @Inject(SERVICE_LOG) private readonly log: StructuredLog,
  ) {}

  /**
   * Refuses what cannot work, as far as a look at names tells, and makes a job of the rest.
   * @throws SrvauError whose details name the field of the request
   */
  async submit({ idempotencyKey, ...request }: EvaluationRunRequest): Promise<JobAccepted> {
    const { tasks, judge } = request;
    const describes = tasks?.includes('describe') === true;
    if (describes && judge === undefined) {
      throw SrvauError.mismatch('INVALID_REQUEST', 'judge', 'a judge, as descriptions are to be marked', 'none');
    }
    if (!describes && judge !== undefined) {
      const expected = 'no judge, or describe among the tasks: nothing else is judged';
      throw SrvauError.mismatch('INVALID_REQUEST', 'judge', expected, 'one');
    }
    await this.checkModel('model', request.model);
    if (judge !== undefined) await this.checkModel('judge.model', judge.model);
    await inField('dataset', async () => {
      await inspectDataset(await this.store.resolveLocal(request.dataset));
    });
    const client = await this.jobs.client();
    const accepted = await client.submit('evaluation.run', request, {
      maxAttempts: MAX_ATTEMPTS,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    });
    this.log.info({ ...accepted, name: request.name }, 'evaluation submitted');
    return accepted;
  }

  /** Work of the job that `submit` makes. */
  runJob(request: EvaluationRunRequest, { attempt, signal, progress }: JobContext): Promise<EvaluationRunResult> {
    const { store, models, videos, place, log, config, info } = this;
    return runEvaluation(request, {
      ...{ store, models, videos, place, log, signal, version: info().version },
      progress: (now) => progress(now),
      staging: join(config.home, 'evaluation-runs'),
      lockWaitMs: attempt > 1 ? TAKE_OVER_WAIT_MS : 0,
    });
  }

  private async checkModel(field: string, given: string): Promise<void> {
    await inField(field, async () => {
      const uri = await resolveModel(given, field, this.store);
      const directory = nativeDirectory(uri);
      // Weights are for the workers to load; opening one of the others costs nothing, and asks whether it may be named.
      if (directory === undefined) await this.models.identify(uri, AbortSignal.timeout(CHECK_MS));
      else if ((await this.store.stat(fileUri(directory))).kind !== 'directory') {
        throw SrvauError.mismatch('UNPROCESSABLE', directory, "a checkpoint's directory", 'a file');
      }
    });
  }
}
