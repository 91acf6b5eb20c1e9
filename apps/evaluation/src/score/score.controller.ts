import { Controller } from '@nestjs/common';
import {
  EvaluationScoreJobRequest,
  type EvaluationScoreReply,
  EvaluationScoreRequest,
  type EvaluationScores,
  readEvaluationScoreRequest,
  SUBJECTS,
} from '@srvau/contracts';
import { Endpoint, type JobContext, JobHandler } from '@srvau/messaging';
import { Scoring } from './scoring';

/** Beside each other they would only wait for the same processor. */
const JOBS_AT_ONCE = 1;

/** `srvau.evaluation.score`, and the job that it makes of long files. */
@Controller()
export class ScoreController {
  constructor(private readonly scoring: Scoring) {}

  @Endpoint({
    subject: SUBJECTS.evaluationScore,
    request: EvaluationScoreRequest,
    read: readEvaluationScoreRequest,
    summary: 'scores predictions against references; files of more than 10,000 rows by a job',
  })
  score(request: EvaluationScoreRequest): Promise<EvaluationScoreReply> {
    return this.scoring.score(request);
  }

  @JobHandler({ kind: 'evaluation.score', request: EvaluationScoreJobRequest, concurrency: JOBS_AT_ONCE })
  run(request: EvaluationScoreJobRequest, context: JobContext): Promise<EvaluationScores> {
    return this.scoring.runJob(request, context);
  }
}
