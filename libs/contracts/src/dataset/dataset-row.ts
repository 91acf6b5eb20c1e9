/** Where a row comes from: one of VAU-Bench's three (MSAD, UCF-Crime, ECVA), or a drawn world. */
export const DATASET_SOURCES = ['msad', 'ucf', 'ecva', 'synthetic', 'unknown'] as const;
export type DatasetSource = (typeof DATASET_SOURCES)[number];

export const DATASET_SPLITS = ['train', 'val', 'test', 'unknown'] as const;
export type DatasetSplit = (typeof DATASET_SPLITS)[number];

export const OPTION_LETTERS = ['A', 'B', 'C', 'D'] as const;
export type OptionLetter = (typeof OPTION_LETTERS)[number];

/** A stretch of video, [start, end] in seconds from the first frame; 0 ≤ start < end. */
export type SpanSec = readonly [startSec: number, endSec: number];

/** What somebody does in a video, and when, as annotated; its times may lie a little outside of the video. */
export interface AnnotatedEvent {
  /** Seconds from the first frame. */
  startSec: number;
  /** After the start; null where only the start is annotated. */
  endSec: number | null;
  /** A noun phrase as it stands in the middle of a sentence: `the person in red`. */
  who: string;
  /** The rest of a sentence about it, in the present: `falls to the ground`. */
  what: string;
  /** Part of the anomaly. */
  anomalous: boolean;
}

/**
 * One row of a dataset's manifest: what was annotated, how it is read, and the frames it refers to.
 * `manifest.jsonl` holds these objects; `manifest.parquet` the same with options and span spread over columns, and events as
 * JSON text.
 */
export interface DatasetRow {
  /** Unique in the dataset: the video's name, with `#2`, `#3` … for further questions about one video. */
  id: string;
  /** 1-based number of the row among the data rows of the annotation file. */
  row: number;
  source: DatasetSource;
  split: DatasetSplit;
  /** The video's name as annotated. */
  video: string;
  /** The frames lie in `frames/<videoKey>/`; null where the video is missing or unreadable. */
  videoKey: string | null;
  /** SHA-256 of the video's bytes at the ingest, hex: who shows the video later can tell whether it is still that one. */
  videoSha256: string | null;
  durationSec: number | null;
  /** Size of a frame in pixels, as displayed. */
  width: number | null;
  height: number | null;
  /** Number of sampled frames; frame k shows the video at k / fps seconds. */
  frames: number | null;
  question: string | null;
  options: readonly [string, string, string, string] | null;
  correctOption: OptionLetter | null;
  keyObject: string | null;
  description: string | null;
  /** As annotated; where that is the repr of a Python dict, the same as Markdown. */
  reasoning: string | null;
  /** The repr as annotated; null where `reasoning` is what was annotated. */
  reasoningRepr: string | null;
  /** As annotated, with `Normal` in one spelling; null where the annotation names none. */
  anomalyClass: string | null;
  normal: boolean;
  /** The anomaly's span; null for normal rows and where none is annotated. */
  spanSec: SpanSec | null;
  /** What happens when, as annotated; null where that is not annotated. */
  events: readonly AnnotatedEvent[] | null;
  /** Takes part in multiple-choice questions: has question, options and one right option. */
  qaEligible: boolean;
  /** Takes part in temporal grounding: is normal, or has a span that its video reaches. */
  groundingEligible: boolean;
}

/** What an exclusion takes away: the row altogether, its part in one task, or the frames of a video. */
export type ExclusionScope = 'row' | 'qa' | 'grounding' | 'video';

/** One line of `exclusions.jsonl`. */
export interface DatasetExclusion {
  /** 1-based number of the data row; for a video, of the first row that names it. */
  row: number;
  /** 1-based line of the annotation file on which that row begins. */
  line: number;
  /** Null where the row is not in the manifest. */
  id: string | null;
  video: string;
  scope: ExclusionScope;
  /** `<scope>:<why>` in kebab case, e.g. `qa:no-text`; the key under which exclusions are counted. */
  reason: string;
  /** For people: what was expected and what came. */
  detail: string;
}
