import { Controller, Inject } from '@nestjs/common';
import {
  EvaluationScoreJobRequest,
  type EvaluationScoreReply,
  EvaluationScoreRequest,
  type EvaluationScores,
  type JobAccepted,
  MAX_DIRECT_ROWS,
  readEvaluationScoreRequest,
  SrvauError,
  type StructuredLog,
  SUBJECTS,
} from '@srvau/contracts';
import { Endpoint, type JobContext, JobHandler } from '@srvau/messaging';
import { Jobs, SERVICE_LOG } from '@srvau/service';
import { ArtifactStore } from '@srvau/storage';
import { Readings } from './readings';
import { scoreJob } from './score-job';
import { scoreRequest } from './score-request';
import { Turns } from './turns';

/** NATS callers cannot tell that they have given up. */
const NEVER = new AbortController().signal;
/** Beside each other they would only wait for the same processor. */
const JOBS_AT_ONCE = 1;
/** Some 5 MB of references each. */
const READINGS_AT_ONCE = 64;

/** `srvau.evaluation.score`, and the job that it makes of long files. */
@Controller()
export class ScoreController {
  private readonly turns = new Turns();
  private readonly readings = new Readings(READINGS_AT_ONCE);

  constructor(
    private readonly store: ArtifactStore,
    private readonly jobs: Jobs,
    @Inject(SERVICE_LOG) private readonly log: StructuredLog,
  ) {}

  @Endpoint({
    subject: SUBJECTS.evaluationScore,
    request: EvaluationScoreRequest,
    read: readEvaluationScoreRequest,
    summary: 'scores predictions against references; files of more than 10,000 rows by a job',
  })
  async score(request: EvaluationScoreRequest): Promise<EvaluationScoreReply> {
    await this.turns.next();
    const work = (): Promise<EvaluationScores | undefined> => scoreRequest(request, this.store, NEVER);
    const isInline = request.predictions !== undefined && request.references !== undefined;
    const scores = isInline ? await work() : await this.readings.run(work);
    return scores ?? { job: await this.submit(request) };
  }

  @JobHandler({ kind: 'evaluation.score', request: EvaluationScoreJobRequest, concurrency: JOBS_AT_ONCE })
  run(request: EvaluationScoreJobRequest, { signal, progress }: JobContext): Promise<EvaluationScores> {
    return scoreJob(request, { store: this.store, signal, progress });
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
