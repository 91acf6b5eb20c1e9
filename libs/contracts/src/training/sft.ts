import { Type } from 'class-transformer';
import { IsIn, IsInt, IsNumber, IsObject, IsOptional, Max, Min, ValidateNested } from 'class-validator';
import { EarlyStopConfig } from './hyper-parameters';
import { TrainConfig, TrainRequest } from './train';

/** Wording of the prompt; see `policyPrompt` of @srvau/reasoning. Both ask for the reflective form. */
export const SFT_PROMPTS = ['reflection-sft', 'reflection-rft'] as const;
export type SftPrompt = (typeof SFT_PROMPTS)[number];

/** What each token of a part of the transcript counts in the loss; paper, Eq. 1 and beyond. */
export class SegmentWeights {
  /** First `<think>` and `<answer>`. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1e6)
  initial: number = 1;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1e6)
  reflection: number = 1;

  /** Second `<think>` and `<answer>`, and the end of the turn. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1e6)
  revision: number = 1;
}

/** When the loss on the validation split is measured. */
export class SftValidationConfig {
  /** Steps; 0 is never. Before the first step and after the last one too. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1_000_000_000)
  every: number = 50;

  /** Records, the first in the order of their ids; all without it. */
  @IsOptional()
  @IsInt()
  @Min(1)
  limit?: number;

  /** On the loss. */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => EarlyStopConfig)
  earlyStop?: EarlyStopConfig;
}

/** Everything that a supervised run depends on but its model and its data. */
export class SftConfig extends TrainConfig {
  /** The paper's stages have a wording each; a small model that has learned one may not understand the other. */
  @IsOptional()
  @IsIn(SFT_PROMPTS)
  prompt: SftPrompt = 'reflection-sft';

  /** Passes over the training split; with neither this nor `steps` one, with both whichever ends first. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  epochs?: number;

  /** Optimizer steps; as many epochs as that takes. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000_000)
  steps?: number;

  /** Records of one optimizer step, all ranks together. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  batchSize: number = 128;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => SegmentWeights)
  weights: SegmentWeights = new SegmentWeights();

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => SftValidationConfig)
  validation: SftValidationConfig = new SftValidationConfig();
}

/** Request of `srvau.training.sft`. */
export class SftRequest extends TrainRequest {}
