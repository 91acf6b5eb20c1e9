import type { AnnotationFormat, IngestSummary } from './ingest';
import type { DatasetSource, DatasetSplit } from './dataset-row';

/** Files of a dataset directory. `dataset.json` is written last: a directory without it is not a dataset yet. */
export const DATASET_FILES = {
  card: 'dataset.json',
  manifestJsonl: 'manifest.jsonl',
  manifestParquet: 'manifest.parquet',
  exclusions: 'exclusions.jsonl',
  frames: 'frames',
} as const;

/**
 * Name of frame `index` in `frames/<videoKey>/`, e.g. `000012.jpg`. Six digits keep the files in order for 11 days of
 * video at 1 FPS.
 */
export const frameName = (index: number): string => `${String(index).padStart(6, '0')}.jpg`;

export const DATASET_CARD_FORMAT = 'srvau-dataset';
/** Raised when a reader of the former version would misread a dataset. */
export const DATASET_SCHEMA_VERSION = 2;

/** Everything that decides what a dataset holds. An ingest with equal inputs makes the same bytes. */
export interface DatasetInputs {
  annotations: { uri: string; sha256: string; bytes: number; format: AnnotationFormat };
  videos: { uri: string };
  settings: DatasetSettings;
}

export interface DatasetSettings {
  /** Sampled frames per second of video. */
  fps: number;
  frameFormat: 'jpeg';
  /** Version of the sampler: another one may choose, or encode, frames differently. */
  samplerVersion: number;
  /** Given by the caller for all rows; null: told from prefixes and file names. */
  source: DatasetSource | null;
  split: DatasetSplit | null;
}

/** Counts over the rows of one group (a source, a class, a split). */
export interface GroupCounts {
  rows: number;
  normal: number;
  abnormal: number;
  qaEligible: number;
  groundingEligible: number;
}

/** `from` ≤ value < `to`, in seconds; `toSec` is null in the last bin, which has no upper edge. */
export interface HistogramBin {
  fromSec: number;
  toSec: number | null;
  count: number;
}

/** Null where there are no values. */
export interface DurationStatistics {
  count: number;
  totalSec: number;
  minSec: number | null;
  meanSec: number | null;
  maxSec: number | null;
  histogram: HistogramBin[];
}

export interface DatasetStatistics {
  all: GroupCounts;
  bySource: Record<string, GroupCounts>;
  /** `(none)` counts rows whose annotation names no class. */
  byClass: Record<string, GroupCounts>;
  bySplit: Record<string, GroupCounts>;
  /** Over distinct videos. `readable` ≤ `found`: a found video may be corrupt. */
  videos: { named: number; found: number; missing: number; readable: number; frames: number };
  /** Durations of the readable videos. */
  videoDuration: DurationStatistics;
  /** Lengths of the annotated spans of abnormal rows. */
  spanDuration: DurationStatistics;
}

/** Something odd that took nothing away; the first few places are shown. */
export interface DatasetWarning {
  reason: string;
  count: number;
  examples: string[];
}

/** `dataset.json`: what the dataset is, what it was made of, and what was left out. */
export interface DatasetCard {
  format: typeof DATASET_CARD_FORMAT;
  schemaVersion: number;
  /** Package that wrote the dataset, `name@version`. */
  writtenBy: string;
  inputs: DatasetInputs;
  summary: Omit<IngestSummary, 'out'>;
  statistics: DatasetStatistics;
  warnings: DatasetWarning[];
}
