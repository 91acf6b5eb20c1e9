import { Type } from 'class-transformer';
import { ArrayMaxSize, ArrayNotEmpty, IsArray, IsOptional, IsString, Length, ValidateNested } from 'class-validator';
import { ChatMessage } from './chat-message';
import { Completions, MaxNewTokens, Seed, Temperature, TopK, TopP } from './sampling-rules';

/** How tokens are drawn. What is absent comes from the checkpoint's generation_config.json. */
export class SamplingOptions {
  /** 0 takes the likeliest token each time (greedy); 1 samples from the model's own distribution. */
  @Temperature()
  temperature?: number;

  /** Keeps the fewest likeliest tokens whose probabilities add up to this; 1 keeps all. */
  @TopP()
  topP?: number;

  /** Keeps this many of the likeliest tokens; 0 keeps all. */
  @TopK()
  topK?: number;

  /** Length of a completion in tokens, at most. */
  @MaxNewTokens()
  maxNewTokens?: number;

  /** Texts that end a completion, besides the checkpoint's own end tokens; not part of the completion's text. */
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(16)
  @IsString({ each: true })
  @Length(1, 200, { each: true })
  stop?: string[];

  /** The same request under the same seed gives the same completions on the same backend and machine. */
  @Seed()
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
  @Completions()
  n?: number;

  @IsOptional()
  @ValidateNested()
  @Type(() => SamplingOptions)
  sampling?: SamplingOptions;
}
