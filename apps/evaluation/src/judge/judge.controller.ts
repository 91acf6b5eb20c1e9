import { Controller } from '@nestjs/common';
import { EvaluationJudgeRequest, type EvaluationJudgeResult, type JobAccepted, SUBJECTS } from '@srvau/contracts';
import { Endpoint, type JobContext, JobHandler } from '@srvau/messaging';
import { Judge } from './judge';

/** They wait for endpoints most of the time. */
const JOBS_AT_ONCE = 16;

/** `srvau.evaluation.judge`: the request that submits the job, and the work on it. */
@Controller()
export class JudgeController {
  constructor(private readonly judge: Judge) {}

  @Endpoint({
    subject: SUBJECTS.evaluationJudge,
    request: EvaluationJudgeRequest,
    summary: 'queues a job that has descriptions marked along five dimensions by a judge (VAU-Eval)',
  })
  submit(request: EvaluationJudgeRequest): Promise<JobAccepted> {
    return this.judge.submit(request);
  }

  @JobHandler({ kind: 'evaluation.judge', request: EvaluationJudgeRequest, concurrency: JOBS_AT_ONCE })
  run(request: EvaluationJudgeRequest, context: JobContext): Promise<EvaluationJudgeResult> {
    return this.judge.runJob(request, context);
  }
}
