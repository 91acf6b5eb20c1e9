import { Controller } from '@nestjs/common';
import {
  type EvaluationPredictReply,
  EvaluationPredictRequest,
  readEvaluationPredictRequest,
  SUBJECTS,
} from '@srvau/contracts';
import { Endpoint } from '@srvau/messaging';
import { Predictor } from './predictor';

/** NATS callers cannot tell that they have given up; `deadlineMs` bounds what is done for them. */
const NEVER = new AbortController().signal;

/** `srvau.evaluation.predict`. */
@Controller()
export class PredictController {
  constructor(private readonly predictor: Predictor) {}

  @Endpoint({
    subject: SUBJECTS.evaluationPredict,
    request: EvaluationPredictRequest,
    read: readEvaluationPredictRequest,
    summary: 'asks a model a question about one video, or whether and when something anomalous happens in it',
  })
  predict(request: EvaluationPredictRequest): Promise<EvaluationPredictReply> {
    return this.predictor.predict(request, { signal: NEVER });
  }
}
