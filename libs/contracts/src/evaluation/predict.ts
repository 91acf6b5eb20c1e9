import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { SamplingOptions } from '../models/generate-request';
import type { ModelIdentity } from '../models/model-identity';
import { FramePixels, FramesPerSecond } from '../models/video-rules';
import type { RolloutTask } from '../reward/rollout';
import { parseDto } from '../validation/parse-dto';
import { SrvauError } from '../wire/errors';

/**
 * How a model is asked: `direct` without thinking; `initial` with one round of it, for models that do not reflect;
 * `reflection-rft` and `reflection-sft` with two rounds around a reflection, as in the two stages of training; `two-step`
 * with two rounds and no reflection.
 */
export const POLICY_PROMPT_NAMES = ['initial', 'direct', 'reflection-sft', 'reflection-rft', 'two-step'] as const;
export type PolicyPromptId = (typeof POLICY_PROMPT_NAMES)[number];

/** How long a prediction may take, its waiting included. */
export const DEFAULT_PREDICT_DEADLINE_MS = 5 * 60_000;
export const MAX_PREDICT_DEADLINE_MS = 60 * 60_000;

const MAX_OPTION_CHARS = 4_000;
const MAX_QUESTION_CHARS = 16_000;

/** Request of `srvau.evaluation.predict`: one video, and a question with options or none. */
export class EvaluationPredictRequest {
  /** Of the video. Where it lies must be allowed: SRVAU_FILE_ROOTS for files. */
  @IsString()
  @Length(1, 2_000)
  @Matches(/^(file:\/\/\/|s3:\/\/)\S+$/, { message: 'video must be a file:///… or s3://bucket/key URI' })
  video!: string;

  /** URI of the model: `native:/checkpoint`, `openai:http://host/v1#name` … SRVAU_EVALUATION_MODEL without it. */
  @IsOptional()
  @IsString()
  @Length(1, 2_000)
  model?: string;

  /** Goes with `options`. Without both: whether anything anomalous happens, and when. */
  @IsOptional()
  @IsString()
  @Length(1, MAX_QUESTION_CHARS)
  question?: string;

  /** The first is A. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(2)
  @ArrayMaxSize(26)
  @IsString({ each: true })
  @Length(1, MAX_OPTION_CHARS, { each: true })
  options?: string[];

  /** `reflection-rft` without it. */
  @IsOptional()
  @IsIn(POLICY_PROMPT_NAMES)
  prompt?: PolicyPromptId;

  /** Frames per second of video that the model sees; 1 without it. */
  @FramesPerSecond()
  fps?: number;

  /** Pixels of one frame after resizing, at most; without it what the model takes. */
  @FramePixels()
  maxPixels?: number;

  /** A temperature of 0, the likeliest token each time, without it. */
  @IsOptional()
  @ValidateNested()
  @Type(() => SamplingOptions)
  sampling?: SamplingOptions;

  /** From the arrival of the request to its answer; 5 minutes without it. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_PREDICT_DEADLINE_MS)
  deadlineMs?: number;
}

/** `parseDto(EvaluationPredictRequest, …)`, and that question and options come together. @throws SrvauError INVALID_REQUEST */
export function readEvaluationPredictRequest(data: unknown, what: string): EvaluationPredictRequest {
  const request = parseDto(EvaluationPredictRequest, data, what);
  const { question, options } = request;
  if ((question === undefined) !== (options === undefined)) {
    const [field, expected] =
      question === undefined
        ? (['question', 'a question, as there are options'] as const)
        : (['options', 'options, as there is a question'] as const);
    throw SrvauError.mismatch('INVALID_REQUEST', field, expected, 'nothing');
  }
  return request;
}

/** An answer as it was read. */
export interface PredictedAnswer {
  /** As written. */
  text: string;
  /** `qa`: the letter of the option that it names; null where it names none, or several. */
  option: string | null;
  /** `tag`; null where it is neither. */
  verdict: 'normal' | 'anomaly' | null;
  /** `tag`: [start, end] as written, in seconds; [-1, -1] goes with a normal video. Null where it cannot be read. */
  spanSec: readonly [startSec: number, endSec: number] | null;
}

/** What the form of a transcript, or what stands in it, lacks. */
export interface TranscriptFault {
  /** Kebab-case, e.g. `unclosed-tag`. */
  code: string;
  message: string;
  /** UTF-16 code units from the beginning of the transcript. */
  start: number;
  end: number;
}

export interface EvaluationPredictReply {
  model: ModelIdentity;
  /** E.g. `reflection-rft/qa`; the hash is one of its wording. */
  prompt: { id: string; hash: string };
  task: RolloutTask;
  /** Null where its container does not tell. */
  video: { durationSec: number | null };
  /** The completion as the model wrote it. */
  transcript: string;
  /** What an endpoint gave apart from it as the model's thinking; null where there is none. */
  reasoning: string | null;
  /** It has the form that the prompt asks for. */
  wellFormed: boolean;
  /** The first 100 of its form, and what is odd about the last span or answer. */
  faults: TranscriptFault[];
  /** The first answer; null where there is none. */
  first: PredictedAnswer | null;
  /** The last one, which is the first where there is no other. */
  final: PredictedAnswer | null;
  /** `tag`: when the anomaly happens, as `score` would read it; null where the final answer calls none, or gives no span. */
  spanSec: readonly [startSec: number, endSec: number] | null;
  /** `length`: cut off at maxNewTokens. `filtered`: the endpoint held something back. */
  finishReason: 'stop' | 'length' | 'filtered';
  /** Null where the model does not tell. */
  usage: { promptTokens: number; completionTokens: number } | null;
  timings: {
    /** Waiting for a place, and for the turn to compute. */
    queuedMs: number;
    /** The model at work, the video read and prepared for it included. */
    generateMs: number;
    /** Of the whole request. */
    totalMs: number;
  };
}
