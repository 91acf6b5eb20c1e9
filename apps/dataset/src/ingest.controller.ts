import { Controller, Inject } from '@nestjs/common';
import { IngestRequest, type IngestSummary, type JobAccepted, type StructuredLog, SUBJECTS } from '@srvau/contracts';
import { Endpoint, type JobContext, JobHandler } from '@srvau/messaging';
import { Jobs, SERVICE_LOG } from '@srvau/service';
import { ArtifactStore } from '@srvau/storage';
import { FrameCache } from '@srvau/video';
import { checkIngestRequest } from './check-request';
import { DatasetConfig } from './dataset-config';
import { ingestDataset } from './ingest/ingest';

/** A dead worker on another machine holds the output directory until its lock counts as stale, after 30 s of silence. */
const TAKE_OVER_WAIT_MS = 40_000;

/** `dataset.ingest`: the request that submits the job, and the work on it. */
@Controller()
export class IngestController {
  constructor(
    private readonly config: DatasetConfig,
    private readonly store: ArtifactStore,
    private readonly frames: FrameCache,
    private readonly jobs: Jobs,
    @Inject(SERVICE_LOG) private readonly log: StructuredLog,
  ) {}

  @Endpoint({
    subject: SUBJECTS.datasetIngest,
    request: IngestRequest,
    summary: 'queues a job that makes a dataset directory of annotations and videos',
  })
  async submit({ idempotencyKey, ...request }: IngestRequest): Promise<JobAccepted> {
    await checkIngestRequest(request, this.store);
    const client = await this.jobs.client();
    const accepted = await client.submit('dataset.ingest', request, {
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    });
    this.log.info({ ...accepted, out: request.out }, 'ingest submitted');
    return accepted;
  }

  @JobHandler({ kind: 'dataset.ingest', request: IngestRequest })
  run(request: IngestRequest, { attempt, signal, progress }: JobContext): Promise<IngestSummary> {
    return ingestDataset(request, {
      store: this.store,
      frames: this.frames,
      signal,
      progress,
      log: this.log,
      concurrency: this.config.videoConcurrency,
      lockWaitMs: attempt > 1 ? TAKE_OVER_WAIT_MS : 0,
    });
  }
}
