import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Length,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { ChatMessage } from './chat-message';

/** How tokens are drawn. What is absent comes from the checkpoint's generation_config.json. */
export class SamplingOptions {
  /** 0 takes the likeliest token each time (greedy); 1 samples from the model's own distribution. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(100)
  temperature?: number;

  /** Keeps the fewest likeliest tokens whose probabilities add up to this; 1 keeps all. */
  @IsOptional()
  @IsNumber()
  @Min(Number.MIN_VALUE, { message: 'topP must be above 0 and at most 1' })
  @Max(1, { message: 'topP must be above 0 and at most 1' })
  topP?: number;

  /** Keeps this many of the likeliest tokens; 0 keeps all. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(2 ** 31 - 1)
  topK?: number;

  /** Length of a completion in tokens, at most. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  maxNewTokens?: number;

  /** Texts that end a completion, besides the checkpoint's own end tokens; not part of the completion's text. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(16)
  @IsString({ each: true })
  @Length(1, 200, { each: true })
  stop?: string[];

  /** The same request under the same seed gives the same completions on the same backend and machine. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  seed?: number;
}

/** Chat messages in, `n` completions out. */
export class GenerateRequest {
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(1000)
  @ValidateNested({ each: true })
  @Type(() => ChatMessage)
  messages!: ChatMessage[];

  /** Completions to draw, 1 by default. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1024)
  n?: number;

  @IsOptional()
  @ValidateNested()
  @Type(() => SamplingOptions)
  sampling?: SamplingOptions;
}
