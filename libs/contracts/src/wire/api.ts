import type { IngestRequest } from '../dataset/ingest';
import type { EvaluationJudgeRequest } from '../evaluation/judge';
import type {
  CompareReportsReply,
  CompareReportsRequest,
  GetReportReply,
  GetReportRequest,
  ListReportsReply,
  ListReportsRequest,
} from '../evaluation/report-requests';
import type { EvaluationRunRequest } from '../evaluation/run';
import type { EvaluationPredictReply, EvaluationPredictRequest } from '../evaluation/predict';
import type { EvaluationScoreReply, EvaluationScoreRequest } from '../evaluation/score-predictions';
import type { JobRecord } from '../jobs/job';
import type { JobAccepted, JobIdRequest, ListJobsRequest } from '../jobs/job-requests';
import type { BuildRequest } from '../reflect/build';
import type {
  ListPluginsReply,
  LoadPluginRequest,
  PluginIdRequest,
  PluginStatus,
  UnloadPluginReply,
} from '../reward/plugins';
import type { ScoreReply, ScoreRequest } from '../reward/score';
import type { GrpoRequest } from '../training/grpo';
import type { SftRequest } from '../training/sft';
import type { ServiceInfo } from './service-info';
import type { SUBJECTS } from './subjects';

/** Request and reply of every subject; what the typed client checks calls against. */
export interface Api {
  [SUBJECTS.datasetIngest]: { request: IngestRequest; reply: JobAccepted };
  [SUBJECTS.datasetBuild]: { request: BuildRequest; reply: JobAccepted };
  [SUBJECTS.datasetInfo]: { request: EmptyBody; reply: ServiceInfo };
  [SUBJECTS.trainingSft]: { request: SftRequest; reply: JobAccepted };
  [SUBJECTS.trainingGrpo]: { request: GrpoRequest; reply: JobAccepted };
  [SUBJECTS.trainingInfo]: { request: EmptyBody; reply: ServiceInfo };
  [SUBJECTS.rewardInfo]: { request: EmptyBody; reply: ServiceInfo };
  [SUBJECTS.rewardScore]: { request: ScoreRequest; reply: ScoreReply };
  [SUBJECTS.rewardPlugins]: { request: EmptyBody; reply: ListPluginsReply };
  [SUBJECTS.rewardLoad]: { request: LoadPluginRequest; reply: PluginStatus };
  [SUBJECTS.rewardReload]: { request: PluginIdRequest; reply: PluginStatus };
  [SUBJECTS.rewardUnload]: { request: PluginIdRequest; reply: UnloadPluginReply };
  [SUBJECTS.evaluationScore]: { request: EvaluationScoreRequest; reply: EvaluationScoreReply };
  [SUBJECTS.evaluationJudge]: { request: EvaluationJudgeRequest; reply: JobAccepted };
  [SUBJECTS.evaluationReportsList]: { request: ListReportsRequest; reply: ListReportsReply };
  [SUBJECTS.evaluationReportsGet]: { request: GetReportRequest; reply: GetReportReply };
  [SUBJECTS.evaluationReportsCompare]: { request: CompareReportsRequest; reply: CompareReportsReply };
  [SUBJECTS.evaluationRun]: { request: EvaluationRunRequest; reply: JobAccepted };
  [SUBJECTS.evaluationPredict]: { request: EvaluationPredictRequest; reply: EvaluationPredictReply };
  [SUBJECTS.evaluationInfo]: { request: EmptyBody; reply: ServiceInfo };
  [SUBJECTS.jobsGet]: { request: JobIdRequest; reply: JobRecord };
  [SUBJECTS.jobsList]: { request: ListJobsRequest; reply: { jobs: JobRecord[] } };
  [SUBJECTS.jobsCancel]: { request: JobIdRequest; reply: JobRecord };
  [SUBJECTS.jobsResume]: { request: JobIdRequest; reply: JobRecord };
}

export type Subject = keyof Api;
type EmptyBody = Record<string, never>;
