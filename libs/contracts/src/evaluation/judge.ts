import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsObject,
  IsOptional,
  IsString,
  Length,
  MaxLength,
  ValidateNested,
} from 'class-validator';
import { SubmitJobRequest } from '../jobs/job-requests';
import { MaxNewTokens, Seed, Temperature } from '../models/sampling-rules';
import { MAX_ROLLOUT_ID_CHARS } from '../reward/rollout';
import { allRules } from '../validation/all-rules';
import { FileUri } from '../validation/uri-rules';
import { JudgeRepeats, JudgeUri } from './request-rules';

/** Items of one request; more come by URI. */
export const MAX_DIRECT_ITEMS = 1000;
/** Far beyond any description; of a longer one a judge would see no more than this leaves of its context. */
const MAX_TEXT_CHARS = 100_000;

const text = (): PropertyDecorator => allRules(IsOptional(), IsString(), MaxLength(MAX_TEXT_CHARS));

/** What is known of the video. At least one field besides the question says something. */
export class VauEvalReference {
  /** What happens, as annotators describe it. */
  @text()
  description?: string;

  /** Why it is anomalous, or is not. */
  @text()
  reasoning?: string;

  @text()
  anomalyClass?: string;

  /** The objects that matter. */
  @text()
  keyObject?: string;

  /** What the model was asked, where it was asked something in particular. */
  @text()
  question?: string;
}

/** A description and analysis of a video, and what it is held against. */
export class VauEvalItem {
  /** Unique among the items. */
  @IsString()
  @Length(1, MAX_ROLLOUT_ID_CHARS)
  id!: string;

  /** What the model wrote. A blank one is not judged, and counted as unscored. */
  @IsString()
  @MaxLength(MAX_TEXT_CHARS)
  candidate!: string;

  @IsObject()
  @ValidateNested()
  @Type(() => VauEvalReference)
  reference!: VauEvalReference;
}

/** Request of `srvau.evaluation.judge`, and work of the job `evaluation.judge`: VAU-Eval of descriptions. */
export class EvaluationJudgeRequest extends SubmitJobRequest {
  /** A model's URI; the paper's judge is DeepSeek-V3 at its endpoint. */
  @JudgeUri()
  judge!: string;

  /** Either these or `itemsUri`. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(MAX_DIRECT_ITEMS)
  @ValidateNested({ each: true })
  @Type(() => VauEvalItem)
  items?: VauEvalItem[];

  /** JSONL, `file:///…` or `s3://…`, an item a line. */
  @IsOptional()
  @IsString()
  @Length(1, 4096)
  itemsUri?: string;

  /** How often each item is judged; with more than once the result says how far the judge agrees with itself. 1 without it. */
  @JudgeRepeats()
  repeats?: number;

  /** 0 without it, as in the paper. */
  @Temperature()
  temperature?: number;

  /** Of one reply; bounds a judge that does not come to an end. 1,024 without it. */
  @MaxNewTokens()
  maxNewTokens?: number;

  /** 0 without it. */
  @Seed()
  seed?: number;

  /** Directory for the judgements: new, empty, or an earlier one of the same request. Without it one of the service's own. */
  @IsOptional()
  @FileUri()
  out?: string;
}
