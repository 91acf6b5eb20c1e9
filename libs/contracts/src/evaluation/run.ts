import { Type } from 'class-transformer';
import {
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { DATASET_SPLITS, type DatasetSplit } from '../dataset/dataset-row';
import { SubmitJobRequest } from '../jobs/job-requests';
import { MaxNewTokens, Temperature, TopK, TopP } from '../models/sampling-rules';
import { FramePixels, FramesPerSecond } from '../models/video-rules';
import type { TranscriptGrammar } from '../reward/score';
import { FileUri, ModelUri } from '../validation/uri-rules';
import { BootstrapSeed, Grammar, JudgeRepeats, JudgeUri, Protocol, ReportName, Resamples } from './request-rules';
import type { EvaluationProtocol } from './scores';
import { EVALUATION_TASKS, type EvaluationTask, type Thinking, THINKINGS } from './tasks';

/** Prompts that make a model think; without thinking it is asked with `direct`. */
export const THINKING_PROMPTS = ['reflection-rft', 'reflection-sft', 'two-step', 'initial'] as const;
export type ThinkingPrompt = (typeof THINKING_PROMPTS)[number];

/** How the model draws its answers. */
export class RunSampling {
  /** 0 without it: the likeliest token each time. */
  @Temperature()
  temperature?: number;

  @TopP()
  topP?: number;

  @TopK()
  topK?: number;

  /** 1,024 without it. */
  @MaxNewTokens()
  maxNewTokens?: number;
}

/** Who marks descriptions, and how often each. */
export class RunJudge {
  /** A model's URI; the paper's judge is DeepSeek-V3 at its endpoint. */
  @JudgeUri()
  model!: string;

  /** 1 without it. */
  @JudgeRepeats()
  repeats?: number;
}

/** Request of `srvau.evaluation.run`, and work of the job `evaluation.run`: a model × a dataset × a protocol → a report. */
export class EvaluationRunRequest extends SubmitJobRequest {
  /** Of the report, under which it is listed and compared. */
  @ReportName()
  name!: string;

  @ModelUri()
  model!: string;

  /** An ingested dataset. */
  @FileUri()
  dataset!: string;

  /** Only rows of this split. */
  @IsOptional()
  @IsIn(DATASET_SPLITS)
  split?: DatasetSplit;

  /** `qa` and `tag` without it; `describe` needs a judge. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsIn(EVALUATION_TASKS, { each: true })
  tasks?: EvaluationTask[];

  /** Without it both for `qa`, and `with` for the others. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsIn(THINKINGS, { each: true })
  thinking?: Thinking[];

  /** How thinking is asked for in `qa` and `tag`. `reflection-rft` without it; `initial` for models that do not reflect. */
  @IsOptional()
  @IsIn(THINKING_PROMPTS)
  prompt?: ThinkingPrompt;

  /** `strict` without it. All rows are asked under either, so that another protocol scores the same transcripts. */
  @Protocol()
  protocol?: EvaluationProtocol;

  /**
   * What answers are scored as: with two rounds, one answer has no final one. Without it the last answer is the final one,
   * however many there are and whatever the prompt asks for.
   */
  @Grammar()
  grammar?: TranscriptGrammar;

  /** Of the bootstrap; 0 leaves the intervals out. 1,000 without it. */
  @Resamples(0)
  resamples?: number;

  /** Of drawing answers and of the bootstrap; 0 without it. */
  @BootstrapSeed()
  seed?: number;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => RunSampling)
  sampling?: RunSampling;

  /** Frames per second of video that the model sees; by default as the dataset was sampled. */
  @FramesPerSecond()
  fps?: number;

  /** Pixels of one frame after resizing, at most. */
  @FramePixels()
  maxPixels?: number;

  /** Only the first rows, in the order of the dataset, of those of the split. */
  @IsOptional()
  @IsInt()
  @Min(1)
  limit?: number;

  /** Items that are computed as one batch, or asked of an endpoint at once; by default 16. Does not change the answers. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1024)
  concurrency?: number;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => RunJudge)
  judge?: RunJudge;

  /** Put the published rows of the paper beside ours, marked as published. */
  @IsOptional()
  @IsBoolean()
  published?: boolean;

  /** Take the place of a report of that name that is of other settings. */
  @IsOptional()
  @IsBoolean()
  replace?: boolean;
}

/** Result of the job `evaluation.run`. */
export interface EvaluationRunResult {
  name: string;
  /** URI of the report's directory. */
  report: string;
  rows: number;
  items: number;
  answered: number;
  missing: number;
  /** Descriptions without marks of the judge; those that are missing are among them. */
  unscored: number;
  /** 0–100, by task and thinking, e.g. `qa:with`: accuracy, mIoU, or the judge's total of 50. */
  figures: Record<string, number | null>;
  /** Items answered by the attempt that ended it, and the time that took them. Not part of the report. */
  timings: { answeredNow: number; askSec: number; totalSec: number };
}
