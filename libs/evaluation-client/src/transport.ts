import type { Api, EvaluationPredictRequest, SUBJECTS } from '@srvau/contracts';
import type { PredictEvent } from './predict-stream';

/** What the client asks of a service; every one of these has a subject and an HTTP route. */
export type Operation =
  | typeof SUBJECTS.evaluationScore
  | typeof SUBJECTS.evaluationPredict
  | typeof SUBJECTS.evaluationRun
  | typeof SUBJECTS.evaluationJudge
  | typeof SUBJECTS.evaluationReportsList
  | typeof SUBJECTS.evaluationReportsGet
  | typeof SUBJECTS.evaluationReportsCompare
  | typeof SUBJECTS.jobsGet
  | typeof SUBJECTS.jobsCancel;

export interface CallOptions {
  /** Ends the call with CANCELLED. Over HTTP the service stops working on it too; NATS cannot tell it. */
  signal?: AbortSignal;
  /** Deadline of the whole call in ms, repetitions and pauses included. */
  timeoutMs?: number;
  /** How often a call is sent again after "busy" or "not there now"; 5 by default, 0 for never. */
  retries?: number;
}

/** One try of a call. */
export interface Try {
  /** > 0 */
  timeoutMs: number;
  signal: AbortSignal | undefined;
}

/** A way to a service. */
export interface Transport {
  readonly closed: boolean;
  /** Asks once. @throws SrvauError */
  ask<O extends Operation>(operation: O, body: Api[O]['request'], attempt: Try): Promise<Api[O]['reply']>;
  /** Asks once, and resolves when the service has taken the request. @throws SrvauError */
  stream(body: EvaluationPredictRequest, attempt: Try): Promise<AsyncGenerator<PredictEvent, void, void>>;
  /** Calls back whenever something may have changed about a job, where the way there can tell; else never. */
  listen(jobId: string, onChange: () => void): () => void;
  close(): Promise<void>;
}
