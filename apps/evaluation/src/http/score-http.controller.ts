import { Controller } from '@nestjs/common';
import { type EvaluationScoreReply, EvaluationScoreRequest, readEvaluationScoreRequest } from '@srvau/contracts';
import { Scoring } from '../score/scoring';
import { Caller, HttpCaller } from './http-caller';
import { HttpRoute } from './http-route';
import { JSON_TYPE } from './route-options';

@Controller()
export class ScoreHttpController {
  constructor(private readonly scoring: Scoring) {}

  @HttpRoute({
    ...{ method: 'POST', path: '/v1/score', operationId: 'score' },
    summary: 'Scores predictions against references; files of more than 10,000 rows by a job',
    body: EvaluationScoreRequest,
    replies: {
      200: { description: 'The scores', content: { [JSON_TYPE]: 'EvaluationScores' } },
      202: { description: 'The job whose result they are', content: { [JSON_TYPE]: 'EvaluationScoreJob' } },
    },
    errors: [403, 404, 422],
  })
  async score(@Caller() caller: HttpCaller): Promise<EvaluationScoreReply> {
    const reply = await this.scoring.score(await caller.body(EvaluationScoreRequest, readEvaluationScoreRequest));
    if ('job' in reply) caller.answersWith(202);
    return reply;
  }
}
