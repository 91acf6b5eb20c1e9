import { Controller, Inject } from '@nestjs/common';
import {
  GrpoRequest,
  type JobAccepted,
  resolveGrpo,
  resolveSft,
  SftRequest,
  type StructuredLog,
  SUBJECTS,
  type TrainingKind,
  type TrainRequest,
  type TrainSummary,
} from '@srvau/contracts';
import { Endpoint, type JobContext, JobHandler } from '@srvau/messaging';
import { Jobs, SERVICE_LOG } from '@srvau/service';
import { ArtifactStore } from '@srvau/storage';
import { checkTrainRequest } from './config/check-request';
import { TrainingJobs } from './training-jobs';

/** Deaths of ranks and workers that a training survives; each goes on from the last checkpoint. */
const MAX_ATTEMPTS = 20;

/** `training.sft` and `training.grpo`: the requests that submit jobs, and the work on them. */
@Controller()
export class TrainingController {
  constructor(
    private readonly store: ArtifactStore,
    private readonly jobs: Jobs,
    private readonly trainings: TrainingJobs,
    @Inject(SERVICE_LOG) private readonly log: StructuredLog,
  ) {}

  @Endpoint({
    subject: SUBJECTS.trainingSft,
    request: SftRequest,
    summary: 'queues a job that trains a model on the transcripts of D_reflect',
  })
  submitSft(request: SftRequest): Promise<JobAccepted> {
    return this.submit('sft', request);
  }

  @Endpoint({
    subject: SUBJECTS.trainingGrpo,
    request: GrpoRequest,
    summary: 'queues a job that trains a model by reinforcement, with rewards of the reward service',
  })
  submitGrpo(request: GrpoRequest): Promise<JobAccepted> {
    return this.submit('grpo', request);
  }

  @JobHandler({ kind: 'training.sft', request: SftRequest, concurrency: 1 })
  runSft(request: SftRequest, context: JobContext): Promise<TrainSummary> {
    return this.trainings.run('sft', request, context);
  }

  @JobHandler({ kind: 'training.grpo', request: GrpoRequest, concurrency: 1 })
  runGrpo(request: GrpoRequest, context: JobContext): Promise<TrainSummary> {
    return this.trainings.run('grpo', request, context);
  }

  private async submit(kind: TrainingKind, request: TrainRequest): Promise<JobAccepted> {
    const config = kind === 'sft' ? resolveSft(request) : resolveGrpo(request);
    await checkTrainRequest(kind, request, config, this.store);
    const accepted = await this.jobs.submit(`training.${kind}`, request, { maxAttempts: MAX_ATTEMPTS });
    this.log.info({ ...accepted, kind, out: request.out }, 'training submitted');
    return accepted;
  }
}
