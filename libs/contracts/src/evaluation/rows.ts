import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsNumber,
  IsOptional,
  IsPositive,
  IsString,
  Length,
  Matches,
} from 'class-validator';
import { JSONSchema } from 'class-validator-jsonschema';
import { MAX_ROLLOUT_ID_CHARS, ROLLOUT_TASKS, type RolloutTask } from '../reward/rollout';

export const MAX_CLASS_CHARS = 200;

/**
 * What is right for one question, as it travels: on the wire and in JSONL files. The class is the JSON schema and the
 * documentation; rows are read by `readReference`.
 */
export class ReferenceDto {
  /** Unique among the references; the prediction has the same. */
  @IsString()
  @Length(1, MAX_ROLLOUT_ID_CHARS)
  id!: string;

  @IsIn(ROLLOUT_TASKS)
  task!: RolloutTask;

  /** `qa`: the letter of the right option. A row without it takes no part. */
  @IsOptional()
  @IsString()
  @Matches(/^[A-Z]$/, { message: '$property must be one letter from A to Z' })
  label?: string;

  /** `tag`: nothing anomalous happens. Without it: what `anomalyClass` says, or else a span says that something does. */
  @IsOptional()
  @IsBoolean()
  normal?: boolean;

  /** `tag`: [start, end] of the anomaly in seconds. An anomalous row without it takes no part. */
  @IsOptional()
  @IsArray()
  @ArrayMinSize(2)
  @ArrayMaxSize(2)
  @IsNumber({}, { each: true })
  spanSec?: [startSec: number, endSec: number];

  /** Gets figures of its own. `Normal` says that nothing anomalous happens. */
  @IsOptional()
  @IsString()
  @Length(1, MAX_CLASS_CHARS)
  anomalyClass?: string;

  /** Of the video; predicted spans beyond it are counted. */
  @IsOptional()
  @IsNumber()
  @IsPositive()
  durationSec?: number;
}

/**
 * What a model answered to one question: its whole completion, or an answer that somebody has read from it. Whatever
 * stands there is scored: what cannot be read is wrong and counted, and no reason to refuse the row.
 */
export class PredictionDto {
  @IsString()
  @Length(1, MAX_ROLLOUT_ID_CHARS)
  id!: string;

  /** As the model wrote it, with its tags. Not together with `answer` or `spanSec`. */
  @IsOptional()
  @IsString()
  completion?: string;

  /** `qa`: the option, e.g. `B`. `tag`: `Normal`, `Anomaly` or the name of a class. */
  @IsOptional()
  @IsString()
  answer?: string;

  /** `tag`: [start, end] in seconds, [-1, -1] for none. */
  @IsOptional()
  @JSONSchema({ description: '[start, end] in seconds; anything else is scored as no span' })
  spanSec?: unknown;
}

/** A reference, checked; what is absent is undefined, so that all rows have one shape. */
export interface ReferenceRow {
  readonly id: string;
  readonly task: RolloutTask;
  readonly label: string | undefined;
  /** Undefined where nothing tells. */
  readonly normal: boolean | undefined;
  readonly spanSec: readonly [startSec: number, endSec: number] | undefined;
  readonly anomalyClass: string | undefined;
  readonly durationSec: number | undefined;
}

/** Why a field of a prediction says nothing. */
export const PREDICTION_FAULTS = ['text-not-string', 'span-not-two-numbers'] as const;
export type PredictionFault = (typeof PREDICTION_FAULTS)[number];

/** A prediction, as far as it can be read; what is absent is undefined. */
export interface PredictionRow {
  readonly id: string;
  readonly completion: string | undefined;
  readonly answer: string | undefined;
  /** Two finite numbers; nothing is promised about their order. */
  readonly spanSec: readonly [startSec: number, endSec: number] | undefined;
  readonly fault: PredictionFault | undefined;
}
