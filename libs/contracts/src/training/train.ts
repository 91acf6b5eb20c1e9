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
  IsString,
  Length,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { SubmitJobRequest } from '../jobs/job-requests';
import { ROLLOUT_TASKS, type RolloutTask } from '../reward/rollout';
import { FileUri } from '../validation/uri-rules';
import { CheckpointConfig, ComputeConfig, OptimizerConfig, VideoConfig } from './hyper-parameters';

export const TRAINING_KINDS = ['sft', 'grpo'] as const;
export type TrainingKind = (typeof TRAINING_KINDS)[number];

/** What both kinds of training are told. */
export class TrainConfig {
  /** Order of the data and every draw of the policy follow from it. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER)
  seed: number = 0;

  /** Records of these; both by default. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayUnique()
  @IsIn(ROLLOUT_TASKS, { each: true })
  tasks: RolloutTask[] = [...ROLLOUT_TASKS];

  /** Records (of GRPO: prompts) of the training split, drawn by the seed; all without it. For the paper's Table 5. */
  @IsOptional()
  @IsInt()
  @Min(1)
  limit?: number;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => OptimizerConfig)
  optimizer: OptimizerConfig = new OptimizerConfig();

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => VideoConfig)
  video: VideoConfig = new VideoConfig();

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => ComputeConfig)
  compute: ComputeConfig = new ComputeConfig();

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => CheckpointConfig)
  checkpoints: CheckpointConfig = new CheckpointConfig();
}

/** What both requests that train say. All ranks and workers see the same disks. */
export class TrainRequest extends SubmitJobRequest {
  /** Checkpoint in Hugging Face layout, tokenizer and chat template included; where the policy starts. */
  @FileUri()
  model!: string;

  /** D_reflect, see `srvau dataset build`. */
  @FileUri()
  data!: string;

  /** Directory of the run: new, or with `resume` one that has begun. */
  @FileUri()
  out!: string;

  /** Name of a preset, see `TRAINING_PRESETS`; `config` goes before it. */
  @IsOptional()
  @IsString()
  @Length(1, 100)
  preset?: string;

  /** Of SftConfig or GrpoConfig; what is absent comes from the preset, then from the defaults. */
  @IsOptional()
  @IsObject()
  config?: Record<string, unknown>;

  /** Processes of this machine that train together, each on a part of every batch. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(64)
  ranks?: number;

  /** Go on with the run in `out` from its last checkpoint. */
  @IsOptional()
  @IsBoolean()
  resume?: boolean;
}
