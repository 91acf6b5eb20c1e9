import { Type } from 'class-transformer';
import {
  ArrayNotEmpty,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsPositive,
  IsString,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { SubmitJobRequest } from '../jobs/job-requests';
import { MaxNewTokens, Seed, Temperature, TopK, TopP } from '../models/sampling-rules';
import { FramePixels, FramesPerSecond } from '../models/video-rules';
import { ROLLOUT_TASKS, type RolloutTask } from '../reward/rollout';
import { FileUri, ModelUri } from '../validation/uri-rules';
import type { ReflectStop } from './card';
import { type ReflectSplit, type ReflectUsage } from './record';

/** How one of the models draws its answers. The seed comes from the build's. */
export class BuildSampling {
  @Temperature()
  temperature?: number;

  @TopP()
  topP?: number;

  @TopK()
  topK?: number;

  @MaxNewTokens()
  maxNewTokens?: number;
}

/** What a million tokens cost, in US dollars. */
export class TokenPrice {
  @IsNumber()
  @Min(0)
  @Max(1e6)
  promptUsd!: number;

  @IsNumber()
  @Min(0)
  @Max(1e6)
  completionUsd!: number;
}

/** Which replies of the teacher are taken; where absent, `DEFAULT_REVISION_LIMITS` of @srvau/reasoning. */
export class BuildChecks {
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  minSpanIou?: number;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(10_000)
  minReflectionWords?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10_000)
  maxReflectionWords?: number;

  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(10_000)
  minReasoningWords?: number;

  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(10_000)
  maxReasoningWords?: number;

  @IsOptional()
  @IsInt()
  @Min(4)
  @Max(10_000)
  maxCopiedRunWords?: number;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  maxCopiedShare?: number;

  @IsOptional()
  @IsIn(['en', 'any'])
  language?: 'en' | 'any';
}

/** Where the construction stops before all is done; what is finished by then becomes the dataset. */
export class BuildBudget {
  /** Exactly so many records are kept, the first in the order of their ids. */
  @IsOptional()
  @IsInt()
  @Min(1)
  maxRecords?: number;

  /** Of prompts and completions of both models together. Calls that are under way when it is reached are let finish. */
  @IsOptional()
  @IsInt()
  @Min(1)
  maxTokens?: number;

  /** Needs the price of a model. Calls that are under way when it is reached are let finish. */
  @IsOptional()
  @IsNumber()
  @IsPositive()
  maxCostUsd?: number;
}

/** Request of `srvau.dataset.build`: an ingested dataset → D_reflect. */
export class BuildRequest extends SubmitJobRequest {
  /** An ingested dataset. */
  @FileUri()
  dataset!: string;

  /** The base model f. */
  @ModelUri()
  model!: string;

  /** Reflects and revises, with the truth before it. */
  @ModelUri()
  teacher!: string;

  /** Directory to write, which all workers share: new, empty, or an earlier build of the same settings. */
  @FileUri()
  out!: string;

  /** By default both, for the rows that take part in them. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsIn(ROLLOUT_TASKS, { each: true })
  tasks?: RolloutTask[];

  /** Initial samples of each row and task; 1 by default. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(64)
  samples?: number;

  /** Replies asked of each model for one item before it is rejected; 3 by default. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(20)
  maxAttempts?: number;

  /** Only the first rows, in the order of the dataset. */
  @IsOptional()
  @IsInt()
  @Min(1)
  limit?: number;

  @Seed()
  seed?: number;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => BuildSampling)
  modelSampling?: BuildSampling;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => BuildSampling)
  teacherSampling?: BuildSampling;

  /** Frames per second of video that the models see; by default as the dataset was sampled. */
  @FramesPerSecond()
  fps?: number;

  /** Pixels of one frame after resizing, at most. */
  @FramePixels()
  maxPixels?: number;

  /** Whether the teacher is shown the video (the paper's is) or the text alone, for teachers that take no pictures. */
  @IsOptional()
  @IsIn(['video', 'text'])
  teacherSees?: 'video' | 'text';

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => BuildChecks)
  checks?: BuildChecks;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => BuildBudget)
  budget?: BuildBudget;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => TokenPrice)
  modelPrice?: TokenPrice;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => TokenPrice)
  teacherPrice?: TokenPrice;

  /** Items that one worker takes at a time; by default 4 with a native base model, else 32. Does not change the records. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1000)
  shardItems?: number;

  /** Go on with an unfinished build of other settings; what is finished stays as it is. */
  @IsOptional()
  @IsBoolean()
  acceptChanges?: boolean;
}

/** Request of a job of kind `dataset.build-shard`; the build itself submits them. */
export class BuildShardRequest {
  /** Directory of the build. */
  @FileUri()
  out!: string;

  /** The plan that it belongs to: a build whose settings were changed has another. */
  @IsString()
  @Matches(/^[0-9a-f]{16}$/)
  plan!: string;

  /** Number of the shard in the plan, from 0. */
  @IsInt()
  @Min(0)
  shard!: number;
}

/** Result of the build job, and the object that `srvau dataset build --json` prints. */
export interface BuildSummary {
  /** Items of the plan: rows × tasks × samples. */
  items: number;
  records: number;
  qa: number;
  tag: number;
  /** Records by what the first answer was. */
  corrected: number;
  refined: number;
  bySplit: Record<ReflectSplit, number>;
  rejects: number;
  /** Rejects by reason. */
  rejectedFor: Record<string, number>;
  /** Records that took more than one reply, by the faults for which replies were sent back. */
  retriedFor: Record<string, number>;
  /** Of everything that was asked, rejects included. */
  usage: ReflectUsage;
  /** The limit that ended the construction early; null where all items were tried. */
  stoppedBy: ReflectStop | null;
  /** Path of the directory. */
  out: string;
}
