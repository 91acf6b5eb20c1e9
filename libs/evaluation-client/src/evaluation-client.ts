import { randomUUID } from 'node:crypto';
import {
  DEFAULT_PREDICT_DEADLINE_MS,
  type EvaluationJudgeRequest,
  type EvaluationJudgeResult,
  type EvaluationPredictReply,
  type EvaluationPredictRequest,
  type EvaluationRunRequest,
  type EvaluationRunResult,
  type EvaluationScoreRequest,
  type EvaluationScores,
  type JobRecord,
  MAX_PREDICT_DEADLINE_MS,
  type PredictionDto,
  type ReferenceDto,
  SUBJECTS,
} from '@srvau/contracts';
import { type Ask, askOf, openOf } from './ask';
import { type ConnectOptions, isHttp } from './connect-options';
import { HttpTransport } from './http-transport';
import { EvaluationJob, type FollowOptions } from './job';
import { NatsTransport } from './nats-transport';
import { type Patience, patiently, withDefaults } from './patiently';
import type { PredictEvent } from './predict-stream';
import { EvaluationReports } from './reports';
import type { CallOptions, Transport } from './transport';

const DEFAULT_TIMEOUT_MS = 60_000;
/** For the way there and back, beyond what the service may take. */
const TRAVEL_MS = 10_000;

/** Predictions and references, each as rows (at most 10,000) or by the URI of a JSONL file. */
export interface ScoreInput extends Omit<EvaluationScoreRequest, 'predictions' | 'references'> {
  predictions?: readonly PredictionDto[];
  references?: readonly ReferenceDto[];
}

export interface ScoreOptions extends CallOptions, Pick<FollowOptions, 'absenceMs'> {
  /** Called with the record of the job that long files become. */
  onProgress?: (record: JobRecord) => void;
}

/**
 * Calls the evaluation service.
 *
 * Every call ends with a reply or a `SrvauError`, whose `code` tells what to do. BUSY and UNAVAILABLE are waited out within the
 * deadline (60 s, and that of a prediction; `timeoutMs` sets it) and the number of retries; a service that says
 * `retryAfterMs` is not asked before. Submissions carry an idempotency key, so that being sent twice makes one job.
 */
export class EvaluationClient implements AsyncDisposable {
  readonly reports: EvaluationReports;
  readonly #transport: Transport;
  readonly #ask: Ask;
  readonly #defaults: CallOptions;

  private constructor(transport: Transport, { timeoutMs, retries }: CallOptions) {
    this.#transport = transport;
    this.#defaults = {
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(retries === undefined ? {} : { retries }),
    };
    this.#ask = askOf(transport, { timeoutMs: DEFAULT_TIMEOUT_MS, ...this.#defaults });
    this.reports = new EvaluationReports(this.#ask);
  }

  /**
   * Over NATS it waits for a server; over HTTP nothing is sent yet.
   * @throws SrvauError INVALID_REQUEST, FORBIDDEN (the login was refused), UNAVAILABLE (no NATS server), CANCELLED
   */
  static async connect(options: ConnectOptions): Promise<EvaluationClient> {
    const transport = isHttp(options) ? new HttpTransport(options) : await NatsTransport.open(options);
    return new EvaluationClient(transport, options);
  }

  /**
   * What predictions are worth. Files of more than 10,000 rows are a job of the service, which is followed to its end; the
   * deadline is then that of its submission, and `signal` leaves the job running.
   */
  async score(request: ScoreInput, options: ScoreOptions = {}): Promise<EvaluationScores> {
    const { onProgress, absenceMs, ...call } = options;
    // Rows travel as they are, and the service reads them; `PredictionRow` is what it makes of them.
    const body: unknown = keyed(request);
    const reply = await this.#ask(SUBJECTS.evaluationScore, body as EvaluationScoreRequest, call);
    if (!('job' in reply)) return reply;
    const follow: FollowOptions = {
      ...(call.signal === undefined ? {} : { signal: call.signal }),
      ...(absenceMs === undefined ? {} : { absenceMs }),
    };
    return this.#handle<EvaluationScores>(reply.job).result(follow, onProgress);
  }

  /** What a model says of one video: to a question with options, or whether and when something anomalous happens. */
  predict(request: EvaluationPredictRequest, options: CallOptions = {}): Promise<EvaluationPredictReply> {
    const { body, limits } = this.#prediction(request, options);
    return this.#ask(SUBJECTS.evaluationPredict, body, limits);
  }

  /**
   * The same, and the transcript while it is written; over HTTP. The last event is the result. Leaving the loop ends the
   * service's work.
   * @throws SrvauError INVALID_REQUEST where the client is connected over NATS
   */
  async *predictStream(
    request: EvaluationPredictRequest,
    options: CallOptions = {},
  ): AsyncGenerator<PredictEvent, void, void> {
    const { body, limits } = this.#prediction(request, options);
    const events = await patiently(
      SUBJECTS.evaluationPredict,
      async (attempt) => openOf(this.#transport, SUBJECTS.evaluationPredict).stream(body, attempt),
      limits,
    );
    yield* events;
  }

  /** Evaluates a model on a dataset: a job that ends with a report. */
  async run(request: EvaluationRunRequest, options: CallOptions = {}): Promise<EvaluationJob<EvaluationRunResult>> {
    return this.#handle(await this.#ask(SUBJECTS.evaluationRun, keyed(request), options));
  }

  /** Has a judge mark descriptions (VAU-Eval): a job. */
  async judge(
    request: EvaluationJudgeRequest,
    options: CallOptions = {},
  ): Promise<EvaluationJob<EvaluationJudgeResult>> {
    return this.#handle(await this.#ask(SUBJECTS.evaluationJudge, keyed(request), options));
  }

  /** A job that was submitted before; nothing is asked until its methods are called. */
  job<Result = unknown>(jobId: string): EvaluationJob<Result> {
    return this.#handle({ jobId, created: false });
  }

  /** Ends the connection. Later calls are CANCELLED, and over HTTP those under way. */
  close(): Promise<void> {
    return this.#transport.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #handle<Result>({ jobId, created }: { jobId: string; created: boolean }): EvaluationJob<Result> {
    const listen = (onChange: () => void): (() => void) => this.#transport.listen(jobId, onChange);
    return new EvaluationJob(this.#ask, listen, jobId, created);
  }

  /** The service gives up when the caller does: over NATS nobody could tell it. */
  #prediction(
    request: EvaluationPredictRequest,
    options: CallOptions,
  ): { body: EvaluationPredictRequest; limits: Patience } {
    const timeoutMs = options.timeoutMs ?? this.#defaults.timeoutMs;
    const { deadlineMs = timeoutMs ?? DEFAULT_PREDICT_DEADLINE_MS } = request;
    const body = { ...request, deadlineMs: Math.min(Math.ceil(deadlineMs), MAX_PREDICT_DEADLINE_MS) };
    return {
      body,
      limits: withDefaults({ ...this.#defaults, timeoutMs: timeoutMs ?? deadlineMs + TRAVEL_MS }, options),
    };
  }
}

function keyed<T extends { idempotencyKey?: string }>(request: T): T {
  return { ...request, idempotencyKey: request.idempotencyKey ?? randomUUID() };
}
