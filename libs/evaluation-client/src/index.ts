/**
 * `@srvau/evaluation-client`: calls the evaluation service from TypeScript and JavaScript, over NATS or HTTP. Requests and
 * replies are those of the wire, see /openapi.json of the service.
 */
export {
  ERROR_STATUS,
  type ClassScores,
  type CompareReportsReply,
  type CompareReportsRequest,
  type ErrorCode,
  type ErrorDetail,
  type EvaluationJudgeRequest,
  type EvaluationJudgeResult,
  type EvaluationPredictReply,
  type EvaluationPredictRequest,
  type EvaluationReport,
  type EvaluationRunRequest,
  type EvaluationRunResult,
  type EvaluationScores,
  type JobAccepted,
  type JobProgress,
  type JobRecord,
  type JobState,
  type ListReportsReply,
  type ListReportsRequest,
  type PredictedAnswer,
  type PredictionDto,
  type ReferenceDto,
  type ReportComparison,
  type ReportForm,
  type ReportSummary,
  SrvauError,
  type VauEvalItem,
  type VauEvalReference,
  type VauEvalSummary,
  type WireError,
} from '@srvau/contracts';
export type { ConnectOptions, HttpOptions, NatsOptions } from './connect-options';
export { EvaluationClient, type ScoreInput, type ScoreOptions } from './evaluation-client';
export type { EvaluationJob, FollowOptions } from './job';
export type { PredictEvent } from './predict-stream';
export type { EvaluationReports } from './reports';
export type { CallOptions } from './transport';
