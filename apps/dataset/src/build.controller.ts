import { Controller, Inject } from '@nestjs/common';
import {
  BuildRequest,
  BuildShardRequest,
  type BuildSummary,
  type JobAccepted,
  type StructuredLog,
  SUBJECTS,
} from '@srvau/contracts';
import { Endpoint, type JobContext, JobHandler, RunAborted } from '@srvau/messaging';
import { LocalVideos, ModelPool } from '@srvau/model-pool';
import { Jobs, SERVICE_LOG } from '@srvau/service';
import { ArtifactStore, takeOverWaitMs } from '@srvau/storage';
import { buildDataset } from './build/build';
import { checkBuildRequest } from './build/check-build-request';
import { runShard, type ShardResult } from './build/run-shard';

/** Deaths of workers that a build survives; whatever else may come and go is waited for. */
const MAX_ATTEMPTS = 20;
/** A build waits for its shards and does little itself. */
const BUILDS_AT_ONCE = 16;
/** One worker takes the next shard while the last items of another one are under way, so that the models never idle. */
const SHARDS_AT_ONCE = 4;

/** `dataset.build`: the request that submits the job, the work on it, and that on its shards. */
@Controller()
export class BuildController {
  constructor(
    private readonly store: ArtifactStore,
    private readonly models: ModelPool,
    private readonly videos: LocalVideos,
    private readonly jobs: Jobs,
    @Inject(SERVICE_LOG) private readonly log: StructuredLog,
  ) {}

  @Endpoint({
    subject: SUBJECTS.datasetBuild,
    request: BuildRequest,
    summary: 'queues a job that makes D_reflect of an ingested dataset, with a base model and a teacher',
  })
  async submit(request: BuildRequest): Promise<JobAccepted> {
    await checkBuildRequest(request, { store: this.store, models: this.models });
    const accepted = await this.jobs.submit('dataset.build', request, { maxAttempts: MAX_ATTEMPTS });
    this.log.info({ ...accepted, out: request.out }, 'build submitted');
    return accepted;
  }

  @JobHandler({ kind: 'dataset.build', request: BuildRequest, concurrency: BUILDS_AT_ONCE })
  run(request: BuildRequest, { jobId, attempt, signal, progress }: JobContext): Promise<BuildSummary> {
    const { store, models, log } = this;
    return buildDataset(request, {
      ...{ store, models, log, jobId, signal, progress },
      client: () => this.jobs.client(),
      isCancelled: () => signal.reason instanceof RunAborted && signal.reason.why === 'cancelled',
      lockWaitMs: takeOverWaitMs(attempt),
    });
  }

  @JobHandler({ kind: 'dataset.build-shard', request: BuildShardRequest, concurrency: SHARDS_AT_ONCE })
  runShard(request: BuildShardRequest, { attempt, signal, progress }: JobContext): Promise<ShardResult> {
    const { store, models, videos, log } = this;
    return runShard(request, { store, models, videos, log, attempt, signal, progress });
  }
}
