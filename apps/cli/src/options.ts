import type { AnnotationFormat, DatasetSource, DatasetSplit, JobState, ServiceName } from '@srvau/contracts';

/** Options that every command has. */
export interface CommonOptions {
  json: boolean;
  verbose: boolean;
}

export interface UpOptions extends CommonOptions {
  services: ServiceName[];
  /** Port of the first service, counting up in the order of `SERVICES`; 0: any free port each. */
  portBase: number;
  logs: boolean;
}

export type DoctorOptions = CommonOptions;

export interface IngestOptions extends CommonOptions {
  annotations: string;
  videos: string;
  out: string;
  format?: AnnotationFormat;
  strict?: boolean;
  fps?: number;
  source?: DatasetSource;
  split?: DatasetSplit;
  idempotencyKey?: string;
  detach: boolean;
}

export interface ShowDatasetOptions extends CommonOptions {
  dir: string;
  /** Sample rows to show. */
  limit: number;
}

export interface ListJobsOptions extends CommonOptions {
  state?: JobState;
  kind?: string;
  limit: number;
}

export interface JobOptions extends CommonOptions {
  jobId: string;
}

export interface ResumeJobOptions extends JobOptions {
  /** Follow the job after queueing it again. */
  watch: boolean;
}
