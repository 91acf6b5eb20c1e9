import { Inject, Injectable } from '@nestjs/common';
import {
  DEFAULT_RESAMPLES,
  type EvaluationScoreJobRequest,
  type EvaluationScoreReply,
  type EvaluationScoreRequest,
  type EvaluationScores,
  type JobAccepted,
  MAX_DIRECT_ROWS,
  SrvauError,
  type StructuredLog,
} from '@srvau/contracts';
import type { JobContext } from '@srvau/messaging';
import { scorePredictions } from '@srvau/metrics';
import { Jobs, SERVICE_LOG } from '@srvau/service';
import { Places } from '../load/places';
import { settingsOf } from './score-request';
import { ScoreThreads } from './score-threads';
import { Turns } from './turns';

/** Some 5 MB of references each. */
const READINGS_AT_ONCE = 64;
/** Rows times resamples; some 20 ms. What takes longer is worth the way to another thread and back. */
const MAX_DRAWS_HERE = 10_000_000;

/** Scores requests, whichever way they came. */
@Injectable()
export class Scoring {
  private readonly turns = new Turns();
  private readonly readings = new Places({
    most: READINGS_AT_ONCE,
    full: (underWay) => `files of ${underWay} requests are being read`,
  });

  constructor(
    private readonly threads: ScoreThreads,
    private readonly jobs: Jobs,
    @Inject(SERVICE_LOG) private readonly log: StructuredLog,
  ) {}

  /**
   * Scores rows, or files of few rows; of longer files it makes a job.
   * @throws SrvauError BUSY with `retryAfterMs`, or naming the field or line that cannot be used
   */
  async score(request: EvaluationScoreRequest): Promise<EvaluationScoreReply> {
    const { predictions, references, resamples = DEFAULT_RESAMPLES } = request;
    if (predictions !== undefined && references !== undefined && references.length * resamples <= MAX_DRAWS_HERE) {
      return this.turns.run(() => scorePredictions(references, predictions, settingsOf(request)));
    }
    const scores = await this.readings.run(() => this.threads.request(request));
    return scores ?? { job: await this.submit(request) };
  }

  /** Work of the job that `score` makes. */
  runJob(request: EvaluationScoreJobRequest, context: JobContext): Promise<EvaluationScores> {
    return this.threads.job(request, context);
  }

  private async submit(request: EvaluationScoreRequest): Promise<JobAccepted> {
    const { predictionsUri, referencesUri, protocol, grammar, resamples, seed, idempotencyKey } = request;
    if (predictionsUri === undefined || referencesUri === undefined) {
      const field = predictionsUri === undefined ? 'predictions' : 'references';
      const expected = `${field}Uri, as the other file has more than ${MAX_DIRECT_ROWS} rows`;
      throw SrvauError.mismatch('INVALID_REQUEST', field, expected, 'rows');
    }
    const settings = Object.entries({ protocol, grammar, resamples, seed }).filter(([, value]) => value !== undefined);
    const body = { predictionsUri, referencesUri, ...Object.fromEntries(settings) };
    const client = await this.jobs.client();
    const accepted = await client.submit(
      'evaluation.score',
      body,
      idempotencyKey === undefined ? {} : { idempotencyKey },
    );
    this.log.info({ ...accepted, predictionsUri }, 'scoring submitted');
    return accepted;
  }
}
