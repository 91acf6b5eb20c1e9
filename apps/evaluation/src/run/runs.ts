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
import { checkModel, LocalVideos, ModelPool } from '@srvau/model-pool';
import { Jobs, SERVICE_INFO, SERVICE_LOG } from '@srvau/service';
import { ArtifactStore, inspectDataset, takeOverWaitMs } from '@srvau/storage';
import { EvaluationConfig } from '../evaluation-config';
import { ReportPlace } from '../report-place';
import { runEvaluation } from './run';

/** Deaths of workers that a run survives; whatever else may come and go is waited for. */
const MAX_ATTEMPTS = 20;

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
  async submit(request: EvaluationRunRequest): Promise<JobAccepted> {
    const { store, models } = this;
    const { tasks, judge } = request;
    const describes = tasks?.includes('describe') === true;
    if (describes && judge === undefined) {
      throw SrvauError.mismatch('INVALID_REQUEST', 'judge', 'a judge, as descriptions are to be marked', 'none');
    }
    if (!describes && judge !== undefined) {
      const expected = 'no judge, or describe among the tasks: nothing else is judged';
      throw SrvauError.mismatch('INVALID_REQUEST', 'judge', expected, 'one');
    }
    await checkModel('model', request.model, { store, models });
    if (judge !== undefined) await checkModel('judge.model', judge.model, { store, models });
    await inField('dataset', async () => {
      await inspectDataset(await store.resolveLocal(request.dataset));
    });
    const accepted = await this.jobs.submit('evaluation.run', request, { maxAttempts: MAX_ATTEMPTS });
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
      lockWaitMs: takeOverWaitMs(attempt),
    });
  }
}
