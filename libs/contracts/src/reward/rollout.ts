import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsPositive,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';

export const ROLLOUT_TASKS = ['qa', 'tag'] as const;
export type RolloutTask = (typeof ROLLOUT_TASKS)[number];

/** UTF-16 code units; longer than any policy writes, shorter than what would exhaust a service. */
export const MAX_COMPLETION_CHARS = 4 * 2 ** 20;
export const MAX_ROLLOUT_ID_CHARS = 512;
/** Of a token count; no policy's context is near. */
export const MAX_TOKENS = 2 ** 31 - 1;

/** What is known to be right. A field that is absent is not known, which is not the same as wrong. */
export class TruthDto {
  /** `qa`: the letter of the right option. */
  @IsOptional()
  @IsString()
  @Matches(/^[A-Z]$/, { message: '$property must be one letter from A to Z' })
  label?: string;

  /** `tag`: nothing anomalous happens. */
  @IsOptional()
  @IsBoolean()
  normal?: boolean;

  /** `tag`: [start, end] of the anomaly in seconds from the first frame. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(2)
  @ArrayMaxSize(2)
  @IsNumber({}, { each: true })
  spanSec?: [startSec: number, endSec: number];
}

/** Lengths of a completion in the policy's own tokens. */
export class TokenCountsDto {
  @IsInt()
  @Min(0)
  @Max(MAX_TOKENS)
  total!: number;

  /** Of the first round (think and answer); at most `total`. */
  @IsInt()
  @Min(0)
  @Max(MAX_TOKENS)
  firstRound!: number;
}

/**
 * One completion of the policy as it travels: on the wire, in JSONL files, to plugins in other languages.
 *
 * The class is the JSON schema and the documentation; batches are read by `readRollouts`, which accepts the same and
 * is fast enough for thousands of rows. A spec holds the two together.
 */
export class RolloutDto {
  /** Names the rollout in answers and messages. */
  @IsString()
  @Length(1, MAX_ROLLOUT_ID_CHARS)
  id!: string;

  /** Rollouts of one group answer the same prompt. */
  @IsString()
  @Length(1, MAX_ROLLOUT_ID_CHARS)
  groupId!: string;

  @IsIn(ROLLOUT_TASKS)
  task!: RolloutTask;

  /** As the policy wrote it; may be empty. */
  @IsString()
  @MaxLength(MAX_COMPLETION_CHARS)
  completion!: string;

  /**
   * Length in the policy's tokens: of the whole completion, or of that and its first round. Where only the whole is
   * given, the first round's share is taken from its share of words. Where absent, lengths are counted in words.
   */
  @IsOptional()
  @JSONSchema({
    type: ['integer', 'object'],
    minimum: 0,
    required: ['total', 'firstRound'],
    properties: {
      total: { type: 'integer', minimum: 0, maximum: MAX_TOKENS },
      firstRound: { type: 'integer', minimum: 0, maximum: MAX_TOKENS },
    },
    additionalProperties: false,
  })
  tokens?: number | TokenCountsDto;

  @IsObject()
  @ValidateNested()
  @Type(() => TruthDto)
  truth!: TruthDto;

  /** Of the video. */
  @IsOptional()
  @IsNumber()
  @IsPositive()
  durationSec?: number;
}
