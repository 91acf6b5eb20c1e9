import { IsBoolean, IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';
import { SubmitJobRequest } from '../jobs/job-requests';
import { FramesPerSecond } from '../models/video-rules';
import { FileUri } from '../validation/uri-rules';
import { DATASET_SOURCES, DATASET_SPLITS, type DatasetSource, type DatasetSplit } from './dataset-row';

export const ANNOTATION_FORMATS = ['vau-bench', 'jsonl'] as const;
export type AnnotationFormat = (typeof ANNOTATION_FORMATS)[number];

const URI = /^(file:\/\/\/|s3:\/\/).*/;
const uri = { message: '$property must be a file:///… or s3://bucket/key URI' };

/** Request of `srvau.dataset.ingest`: annotations + videos → a dataset directory. */
export class IngestRequest extends SubmitJobRequest {
  /** One CSV or JSONL file. */
  @IsString()
  @Length(1, 2000)
  @Matches(URI, uri)
  annotations!: string;

  /** A folder, or a prefix, of video files. */
  @IsString()
  @Length(1, 2000)
  @Matches(URI, uri)
  videos!: string;

  /** Directory to write; it is new, empty, or an earlier ingest of the same inputs. */
  @FileUri()
  out!: string;

  /** By default told from the file name: `.jsonl` is JSONL, everything else VAU-Bench CSV. */
  @IsOptional()
  @IsIn(ANNOTATION_FORMATS)
  format?: AnnotationFormat;

  /** Fail when a video is missing or unreadable, instead of listing it. */
  @IsOptional()
  @IsBoolean()
  strict?: boolean;

  /** Frames per second of video; the paper samples at 1. */
  @FramesPerSecond()
  fps?: number;

  /** The benchmark that all rows belong to; by default told from prefixes and file names. */
  @IsOptional()
  @IsIn(DATASET_SOURCES)
  source?: DatasetSource;

  /** The split that all rows belong to; by default told from the annotation file's name. */
  @IsOptional()
  @IsIn(DATASET_SPLITS)
  split?: DatasetSplit;
}

/** Result of the ingest job, and the object that `srvau dataset ingest --json` prints. */
export interface IngestSummary {
  rows: number;
  qaEligible: number;
  groundingEligible: number;
  normal: number;
  videosFound: number;
  videosMissing: number;
  /** How often each reason took a row, a task or a video out. */
  exclusions: Record<string, number>;
  /** Path of the dataset directory. */
  out: string;
}
