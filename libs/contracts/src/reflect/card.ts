import type { DatasetSource } from '../dataset/dataset-row';
import type { SamplingOptions } from '../models/generate-request';
import type { ModelIdentity } from '../models/model-identity';
import type { RolloutTask } from '../reward/rollout';
import type { ReflectPath, ReflectSplit, ReflectStage, ReflectUsage } from './record';

/** Files of D_reflect. `dataset.json` is written last: a directory without it is not a dataset yet. */
export const REFLECT_FILES = {
  card: 'dataset.json',
  recordsJsonl: 'records.jsonl',
  recordsParquet: 'records.parquet',
  rejects: 'rejects.jsonl',
} as const;

export const REFLECT_CARD_FORMAT = 'srvau-reflect';

/** Raised when a reader of the former version would misread a dataset. */
export const REFLECT_SCHEMA_VERSION = 1;

/** Which part of the videos each split gets; the three add up to 1. */
export type SplitShares = Readonly<Record<ReflectSplit, number>>;

/** `rows`: as the parent dataset says, and by hash for videos of which it says nothing. `hash`: by the video's name alone. */
export interface SplitRule {
  by: 'rows' | 'hash';
  shares: SplitShares;
  /** Another salt deals the videos out anew. */
  salt: string;
}

/** One of the models that made the records. */
export interface ReflectModelInput {
  model: ModelIdentity;
  /** Prompt id → SHA-256 in hex of its wording. */
  prompts: Readonly<Record<string, string>>;
  sampling: Omit<SamplingOptions, 'seed'>;
}

/** Everything that decides what the records are. */
export interface ReflectInputs {
  /** The ingested dataset; null for records from elsewhere. */
  dataset: {
    uri: string;
    /** SHA-256 in hex of its `manifest.jsonl`. */
    sha256: string;
    rows: number;
    /** Sampled frames per second: frame k of a record's video shows second k / fps. */
    fps: number;
  } | null;
  /** The base model f; null for records from elsewhere. */
  initial: ReflectModelInput | null;
  teacher: ReflectModelInput | null;
  splits: SplitRule | null;
  /** Files of records from elsewhere; empty where the records were built here. */
  imported: readonly { name: string; format: string; sha256: string; bytes: number }[];
  /** Further settings, plain JSON: tasks, samples, seed, limits … */
  settings: Readonly<Record<string, unknown>>;
}

/** A limit that ended the construction before all items were done. */
export const REFLECT_STOPS = ['max-records', 'max-tokens', 'max-cost', 'limit'] as const;
export type ReflectStop = (typeof REFLECT_STOPS)[number];

/** Records by what they are about; `videos` are distinct ones. */
export interface ReflectCounts {
  records: number;
  qa: number;
  tag: number;
  videos: number;
}

/** How often the first answer was wrong and put right (W→C), or right and kept (C→C). */
export interface ReflectTransitions {
  wrongToCorrect: number;
  correctToCorrect: number;
  /** Of the wrong ones: the answer could not be read at all. */
  unreadable: number;
}

/** Over values ≥ 0. Null where there are none. */
export interface LengthStatistics {
  count: number;
  total: number;
  min: number | null;
  mean: number | null;
  max: number | null;
  /** `from` ≤ value < `to`; the last bin has no upper edge. */
  histogram: readonly { from: number; to: number | null; count: number }[];
}

export interface ReflectStatistics {
  all: ReflectCounts;
  /** Fig. 4a: splits × tasks. */
  bySplit: Readonly<Record<ReflectSplit, ReflectCounts>>;
  bySource: Readonly<Partial<Record<DatasetSource, ReflectCounts>>>;
  /** `(none)` counts records without a class. */
  byClass: Readonly<Record<string, ReflectCounts>>;
  byPath: Readonly<Record<ReflectPath, number>>;
  transitions: Readonly<Record<RolloutTask, ReflectTransitions>>;
  /** How often each option is the right one. */
  correctOptions: Readonly<Record<string, number>>;
  /** Fig. 4b: words of the reflections of the train split, the most frequent first; without stop words. */
  words: readonly { word: string; count: number }[];
  /** Distinct words before the list was cut. */
  distinctWords: number;
  /** In words. */
  lengths: Readonly<Record<'initial' | 'reflection' | 'revised', LengthStatistics>>;
  /** Mean IoU of the span with the truth's, over anomalous records of `tag`, before and after; null where there are none. */
  meanIou: { records: number; initial: number; revised: number } | null;
  /** Attempts of the teacher → records. */
  attempts: Readonly<Record<string, number>>;
  /** Faults for which replies were sent back. */
  retriedFor: Readonly<Record<string, number>>;
  rejects: {
    total: number;
    byStage: Readonly<Partial<Record<ReflectStage, number>>>;
    byReason: Readonly<Record<string, number>>;
  };
  /** What records cost, by model, and what rejects did. */
  usage: Readonly<Record<'initial' | 'teacher' | 'rejects', ReflectUsage>>;
}

/** `dataset.json` of D_reflect. */
export interface ReflectCard {
  format: typeof REFLECT_CARD_FORMAT;
  schemaVersion: number;
  /** Package that wrote the dataset, `name@version`. */
  writtenBy: string;
  inputs: ReflectInputs;
  /** Null where everything was done. */
  stoppedBy: ReflectStop | null;
  statistics: ReflectStatistics;
}
