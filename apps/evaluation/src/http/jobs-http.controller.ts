import { Controller } from '@nestjs/common';
import { JOB_ID_PATTERN, JobIdRequest, type JobRecord, parseDto } from '@srvau/contracts';
import { Jobs } from '@srvau/service';
import { Caller, HttpCaller } from './http-caller';
import { HttpRoute } from './http-route';
import { JSON_TYPE } from './route-options';

const params = { jobId: { description: 'As it was told when the job was submitted', pattern: JOB_ID_PATTERN.source } };

/** The same jobs as those of `srvau.jobs.*`. */
@Controller()
export class JobsHttpController {
  constructor(private readonly jobs: Jobs) {}

  @HttpRoute({
    ...{ method: 'GET', path: '/v1/jobs/{jobId}', operationId: 'getJob', params },
    summary: 'The record of one job: its state, its progress, and in the end its result or its error',
    replies: { 200: { description: 'The record', content: { [JSON_TYPE]: 'JobRecord' } } },
    errors: [404],
  })
  async get(@Caller() caller: HttpCaller): Promise<JobRecord> {
    const { jobId } = this.idOf(caller);
    return (await this.jobs.client()).get(jobId);
  }

  @HttpRoute({
    ...{ method: 'DELETE', path: '/v1/jobs/{jobId}', operationId: 'cancelJob', params },
    summary: 'Cancels a queued job, asks the worker of a running one to stop',
    replies: { 200: { description: 'The record as it is now', content: { [JSON_TYPE]: 'JobRecord' } } },
    errors: [404, 409],
  })
  async cancel(@Caller() caller: HttpCaller): Promise<JobRecord> {
    const { jobId } = this.idOf(caller);
    return (await this.jobs.client()).cancel(jobId);
  }

  private idOf(caller: HttpCaller): JobIdRequest {
    caller.received();
    return parseDto(JobIdRequest, { jobId: caller.param('jobId') }, 'the path');
  }
}
