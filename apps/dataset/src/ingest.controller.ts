import { Controller, Inject } from '@nestjs/common';
import { IngestRequest, type IngestSummary, type JobAccepted, type StructuredLog, SUBJECTS } from '@srvau/contracts';
import { Endpoint, type JobContext, JobHandler } from '@srvau/messaging';
import { Jobs, SERVICE_LOG } from '@srvau/service';
import { ArtifactStore, takeOverWaitMs } from '@srvau/storage';
import { FrameCache } from '@srvau/video';
import { checkIngestRequest } from './check-request';
import { DatasetConfig } from './dataset-config';
import { ingestDataset } from './ingest/ingest';

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
  async submit(request: IngestRequest): Promise<JobAccepted> {
    await checkIngestRequest(request, this.store);
    const accepted = await this.jobs.submit('dataset.ingest', request);
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
      lockWaitMs: takeOverWaitMs(attempt),
    });
  }
}
