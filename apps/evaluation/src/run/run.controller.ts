import { Controller } from '@nestjs/common';
import { EvaluationRunRequest, type EvaluationRunResult, type JobAccepted, SUBJECTS } from '@srvau/contracts';
import { Endpoint, type JobContext, JobHandler } from '@srvau/messaging';
import { Runs } from './runs';

/** One that waits for a model does not keep others from theirs; those of one native model take turns. */
const RUNS_AT_ONCE = 4;

/** `srvau.evaluation.run`: the request that submits the job, and the work on it. */
@Controller()
export class RunController {
  constructor(private readonly runs: Runs) {}

  @Endpoint({
    subject: SUBJECTS.evaluationRun,
    request: EvaluationRunRequest,
    summary: 'queues a job that evaluates a model on a dataset under a protocol, and writes a report',
  })
  submit(request: EvaluationRunRequest): Promise<JobAccepted> {
    return this.runs.submit(request);
  }

  @JobHandler({ kind: 'evaluation.run', request: EvaluationRunRequest, concurrency: RUNS_AT_ONCE })
  run(request: EvaluationRunRequest, context: JobContext): Promise<EvaluationRunResult> {
    return this.runs.runJob(request, context);
  }
}
