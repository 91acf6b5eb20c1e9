import { Controller } from '@nestjs/common';
import { JobIdRequest, type JobRecord, ListJobsRequest, SUBJECTS } from '@srvau/contracts';
import { Endpoint } from '@srvau/messaging';
import { Jobs } from './jobs';

/** Every service answers for all jobs: their state is in NATS, so one living service of any kind is enough. */
const queue = 'srvau-jobs';

@Controller()
export class JobsController {
  constructor(private readonly jobs: Jobs) {}

  @Endpoint({ subject: SUBJECTS.jobsGet, request: JobIdRequest, queue, summary: 'the record of one job' })
  async get({ jobId }: JobIdRequest): Promise<JobRecord> {
    return (await this.jobs.client()).get(jobId);
  }

  @Endpoint({
    subject: SUBJECTS.jobsList,
    request: ListJobsRequest,
    queue,
    summary: 'records of jobs, newest first, at most 100 unless asked for another limit',
  })
  async list(filter: ListJobsRequest): Promise<{ jobs: JobRecord[] }> {
    return { jobs: await (await this.jobs.client()).list(filter) };
  }

  @Endpoint({
    subject: SUBJECTS.jobsCancel,
    request: JobIdRequest,
    queue,
    summary: 'cancels a queued job, asks the worker of a running one to stop',
  })
  async cancel({ jobId }: JobIdRequest): Promise<JobRecord> {
    return (await this.jobs.client()).cancel(jobId);
  }

  @Endpoint({
    subject: SUBJECTS.jobsResume,
    request: JobIdRequest,
    queue,
    summary: 'queues a failed or cancelled job again; it goes on from its last durable step',
  })
  async resume({ jobId }: JobIdRequest): Promise<JobRecord> {
    return (await this.jobs.client()).resume(jobId);
  }
}
