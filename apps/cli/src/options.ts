import type { AnnotationFormat, DatasetSource, DatasetSplit, JobState, ServiceName } from '@srvau/contracts';
import type { Device, Dtype } from '@srvau/native';
import type { Grammar } from '@srvau/reasoning';

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

export interface InitModelOptions extends CommonOptions {
  /** config.json, or the directory it lies in. */
  config: string;
  seed: number;
  out: string;
  dtype: Dtype;
  /** Directory whose tokenizer, template and other companion files are copied. */
  tokenizer?: string;
}

export interface ModelInfoOptions extends CommonOptions {
  dir: string;
  /** Also the SHA-256 of the weights. */
  hash: boolean;
}

/** Of commands that run a model on a request. */
export interface RunModelOptions extends CommonOptions {
  /** Checkpoint directory. */
  model: string;
  /** JSON file. */
  request: string;
  device: Device;
  dtype: Dtype;
}

export interface LogprobsOptions extends RunModelOptions {
  out: string;
}

export interface GenerateOptions extends RunModelOptions {
  n?: number;
  temperature?: number;
  topP?: number;
  topK?: number;
  maxNewTokens?: number;
  seed?: number;
  greedy: boolean;
  out?: string;
}

export interface ListPluginsOptions extends CommonOptions {
  /** Packages and folders beside those that are found anyway. */
  plugins: string[];
}

export interface TestPluginOptions extends CommonOptions {
  /** Folder or name of the package. */
  path: string;
}

export interface NewPluginOptions extends CommonOptions {
  id: string;
  out?: string;
}

export interface ScoreOptions extends CommonOptions {
  plugins: string[];
  /** JSON lines, or `-`. */
  rollouts: string;
  /** JSON, or the path of a file of it. */
  options?: string;
  grammar: Grammar;
  deadlineMs: number;
}
