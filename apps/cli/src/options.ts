import type {
  AnnotationFormat,
  DatasetSource,
  DatasetSplit,
  EvaluationProtocol,
  JobState,
  RolloutTask,
  ServiceName,
  SplitShares,
  TokenPrice,
} from '@srvau/contracts';
import type { Device, Dtype } from '@srvau/native';
import type { Grammar } from '@srvau/reasoning';
import type { ExportFormat, ImportFormat } from '@srvau/reflection-data';

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

export interface RequestOptions extends CommonOptions {
  subject: string;
  /** JSON, `-`, or the path of a file of it. */
  body?: string;
  timeoutMs: number;
}

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

export interface BuildOptions extends CommonOptions {
  dataset: string;
  /** URIs of models; the path of a native one may be relative. */
  model: string;
  teacher: string;
  out: string;
  tasks?: RolloutTask[];
  samples?: number;
  maxAttempts?: number;
  limit?: number;
  seed?: number;
  temperature?: number;
  topP?: number;
  maxNewTokens?: number;
  teacherTemperature?: number;
  teacherTopP?: number;
  teacherMaxNewTokens?: number;
  teacherSees?: 'video' | 'text';
  fps?: number;
  maxPixels?: number;
  maxRecords?: number;
  maxTokens?: number;
  maxCostUsd?: number;
  modelPrice?: TokenPrice;
  teacherPrice?: TokenPrice;
  minSpanIou?: number;
  maxCopiedShare?: number;
  anyLanguage?: boolean;
  shardItems?: number;
  acceptChanges?: boolean;
  idempotencyKey?: string;
  detach: boolean;
}

export interface ShowDatasetOptions extends CommonOptions {
  dir: string;
  /** Rows or records to show. */
  limit: number;
  /** Show this one alone. */
  id?: string;
}

export interface ReportDatasetOptions extends CommonOptions {
  dir: string;
  /** HTML file to write. */
  out: string;
  /** Records to show. */
  samples: number;
  /** Frames of each. */
  frames: number;
  /** Parent dataset whose frames are shown; by default where the records were made from. */
  dataset?: string;
}

export interface ExportDatasetOptions extends CommonOptions {
  dir: string;
  format: ExportFormat;
  out: string;
  /** Folder of the videos, for records that know only their names. */
  videos?: string;
  /** `trl`: so many pictures in place of each video. */
  frames?: number;
  /** Parent dataset whose frames these are. */
  dataset?: string;
  /** Add what `dataset import` needs to make the same records again. */
  parts: boolean;
}

export interface ImportDatasetOptions extends CommonOptions {
  path: string;
  format: ImportFormat;
  out: string;
  /** Deal the videos out anew. */
  splits?: SplitShares;
  salt: string;
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
  /** For each answer of the plugin. */
  deadlineMs: number;
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

export interface EvaluateScoreOptions extends CommonOptions {
  /** JSON lines, or `-`. */
  predictions: string;
  references: string;
  protocol: EvaluationProtocol;
  grammar?: Grammar;
  resamples: number;
  seed: number;
}
