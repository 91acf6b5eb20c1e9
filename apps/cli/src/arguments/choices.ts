import type {
  AnnotationFormat,
  DatasetSource,
  DatasetSplit,
  EvaluationProtocol,
  EvaluationTask,
  JobState,
  PolicyPromptId,
  RolloutTask,
  ServiceName,
  Thinking,
  ThinkingPrompt,
} from '@srvau/contracts';
import type { Dtype } from '@srvau/native';
import type { Grammar } from '@srvau/reasoning';
import type { ExportFormat, ImportFormat } from '@srvau/reflection-data';

/**
 * Values that options take. They repeat the lists of the contracts, which `srvau --help` must not wait for; the types
 * make the compiler refuse a list that is not the same.
 */
type All<T extends string> = Readonly<Record<T, true>>;

const services: All<ServiceName> = { dataset: true, training: true, reward: true, evaluation: true };
const formats: All<AnnotationFormat> = { 'vau-bench': true, jsonl: true };
const sources: All<DatasetSource> = { msad: true, ucf: true, ecva: true, synthetic: true, unknown: true };
const splits: All<DatasetSplit> = { train: true, val: true, test: true, unknown: true };
const states: All<JobState> = { queued: true, running: true, succeeded: true, failed: true, cancelled: true };
const grammars: All<Grammar> = { reflective: true, 'two-step': true, single: true, direct: true };
const dtypes: All<Dtype> = { float32: true, bfloat16: true };

const tasks: All<RolloutTask> = { qa: true, tag: true };
const protocols: All<EvaluationProtocol> = { strict: true, 'vau-bench': true };
const prompts: All<PolicyPromptId> = {
  'reflection-rft': true,
  'reflection-sft': true,
  'two-step': true,
  initial: true,
  direct: true,
};

const evaluationTasks: All<EvaluationTask> = { qa: true, tag: true, describe: true };
const thinkings: All<Thinking> = { with: true, without: true };
const thinkingPrompts: All<ThinkingPrompt> = {
  'reflection-rft': true,
  'reflection-sft': true,
  'two-step': true,
  initial: true,
};

const keys = <T extends string>(all: All<T>): T[] => Object.keys(all) as T[];

const exportFormats: All<ExportFormat> = { trl: true, 'ms-swift': true, 'llama-factory': true };
const importFormats: All<ImportFormat> = { trl: true, 'ms-swift': true, 'llama-factory': true, srvau: true };

export const CHOICES = {
  services: keys(services),
  formats: keys(formats),
  sources: keys(sources),
  splits: keys(splits),
  states: keys(states),
  dtypes: keys(dtypes),
  grammars: keys(grammars),
  exportFormats: keys(exportFormats),
  importFormats: keys(importFormats),
  tasks: keys(tasks),
  protocols: keys(protocols),
  prompts: keys(prompts),
  evaluationTasks: keys(evaluationTasks),
  thinkings: keys(thinkings),
  thinkingPrompts: keys(thinkingPrompts),
} as const;
