import { Controller } from '@nestjs/common';
import { EvaluationJudgeRequest, EvaluationRunRequest, type JobAccepted } from '@srvau/contracts';
import { Judge } from '../judge/judge';
import { Runs } from '../run/runs';
import { Caller, HttpCaller } from './http-caller';
import { HttpRoute } from './http-route';
import { JSON_TYPE } from './route-options';

const replies = { 202: { description: 'The job', content: { [JSON_TYPE]: 'JobAccepted' } } } as const;
const errors = [403, 404, 409, 422, 503];

/** Routes that submit jobs. */
@Controller()
export class SubmitHttpController {
  constructor(
    private readonly runs: Runs,
    private readonly judge: Judge,
  ) {}

  @HttpRoute({
    ...{ method: 'POST', path: '/v1/runs', operationId: 'submitRun' },
    summary: 'Submits a job that evaluates a model on a dataset under a protocol, and writes a report',
    ...{ body: EvaluationRunRequest, replies, errors },
  })
  async submitRun(@Caller() caller: HttpCaller): Promise<JobAccepted> {
    return this.runs.submit(await caller.body(EvaluationRunRequest));
  }

  @HttpRoute({
    ...{ method: 'POST', path: '/v1/judge', operationId: 'submitJudgement' },
    summary: 'Submits a job that has descriptions marked along the five dimensions of VAU-Eval',
    ...{ body: EvaluationJudgeRequest, replies, errors },
  })
  async submitJudgement(@Caller() caller: HttpCaller): Promise<JobAccepted> {
    return this.judge.submit(await caller.body(EvaluationJudgeRequest));
  }
}
