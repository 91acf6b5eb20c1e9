import type { IngestRequest } from '../dataset/ingest';
import type { JobRecord } from '../jobs/job';
import type { JobAccepted, JobIdRequest, ListJobsRequest } from '../jobs/job-requests';
import type { ServiceInfo } from './service-info';
import type { SUBJECTS } from './subjects';

/** Request and reply of every subject; what the typed client checks calls against. */
export interface Api {
  [SUBJECTS.datasetIngest]: { request: IngestRequest; reply: JobAccepted };
  [SUBJECTS.datasetInfo]: { request: EmptyBody; reply: ServiceInfo };
  [SUBJECTS.trainingInfo]: { request: EmptyBody; reply: ServiceInfo };
  [SUBJECTS.rewardInfo]: { request: EmptyBody; reply: ServiceInfo };
  [SUBJECTS.evaluationInfo]: { request: EmptyBody; reply: ServiceInfo };
  [SUBJECTS.jobsGet]: { request: JobIdRequest; reply: JobRecord };
  [SUBJECTS.jobsList]: { request: ListJobsRequest; reply: { jobs: JobRecord[] } };
  [SUBJECTS.jobsCancel]: { request: JobIdRequest; reply: JobRecord };
  [SUBJECTS.jobsResume]: { request: JobIdRequest; reply: JobRecord };
}

export type Subject = keyof Api;
type EmptyBody = Record<string, never>;
