import { IsBoolean, IsIn, IsInt, IsNumber, IsOptional, IsPositive, Max, Min } from 'class-validator';
import { FramePixels, FramesPerSecond } from '../models/video-rules';

// Groups of settings that both kinds of training share. What is absent has the value that stands here, so that a parsed
// configuration is the whole of it: it is what a run records.

export const SCHEDULES = ['constant', 'linear', 'cosine'] as const;
export const MROPE_VARIANTS = ['transformers-4.57', 'transformers-5.18'] as const;
export const DTYPES = ['float32', 'bfloat16'] as const;

/** AdamW, and the rate it runs at. */
export class OptimizerConfig {
  /** Paper, App. B. */
  @IsOptional()
  @IsPositive()
  @Max(1)
  learningRate: number = 2e-5;

  /** How the rate goes on after the warm-up, in which it rises linearly from 0. */
  @IsOptional()
  @IsIn(SCHEDULES)
  schedule: (typeof SCHEDULES)[number] = 'constant';

  /** Optimizer steps. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1_000_000_000)
  warmupSteps: number = 0;

  /** Where warmupSteps is 0: the warm-up as a part of all steps. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  warmupRatio: number = 0;

  /** What linear and cosine end at, as a part of the full rate. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  minRatio: number = 0;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1 - Number.EPSILON)
  beta1: number = 0.9;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1 - Number.EPSILON)
  beta2: number = 0.999;

  @IsOptional()
  @IsPositive()
  @Max(1)
  epsilon: number = 1e-8;

  /** Decoupled; of all parameters but biases and norms. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(100)
  weightDecay: number = 0;

  /** Gradients are scaled so that their norm is at most this; 0 is never. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1e9)
  maxGradNorm: number = 1;
}

/** How the policy sees videos. */
export class VideoConfig {
  /** Frames per second; paper, App. B. */
  @FramesPerSecond()
  fps: number = 1;

  /** Pixels of one frame after resizing; by default the checkpoint's own bounds. */
  @FramePixels()
  minPixels?: number;

  @FramePixels()
  maxPixels?: number;

  /** Longer videos are sampled more thinly. */
  @IsOptional()
  @IsInt()
  @Min(2)
  @Max(100_000)
  maxFrames: number = 768;
}

/** Where and how tensors are computed. */
export class ComputeConfig {
  /** Each rank takes the device of its number on its machine where several are there. */
  @IsOptional()
  @IsIn(['cpu', 'cuda'])
  device: 'cpu' | 'cuda' = 'cpu';

  /** Of weights and activations; bfloat16 keeps float32 master weights. Without it bfloat16 on CUDA, as the paper, else float32. */
  @IsOptional()
  @IsIn(DTYPES)
  dtype?: (typeof DTYPES)[number];

  /** CPU threads of one rank; without it all processors shared evenly among the ranks of this machine. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1024)
  threads?: number;

  /** Gradient checkpointing (paper, App. B): less memory for one more forward pass. */
  @IsOptional()
  @IsBoolean()
  recompute: boolean = true;

  /** False: the vision tower stays as it is. */
  @IsOptional()
  @IsBoolean()
  trainVision: boolean = true;

  /** How positions go on after a video. */
  @IsOptional()
  @IsIn(MROPE_VARIANTS)
  mrope: (typeof MROPE_VARIANTS)[number] = 'transformers-4.57';

  /** Bounds what is computed in one pass, forward and backward; 0 is a whole batch in one. Does not change the result. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(2 ** 31 - 1)
  maxTokensPerPass: number = 16_384;
}

/** When the state of the run is made durable. A run that was killed goes on from its last checkpoint. */
export class CheckpointConfig {
  /** Steps; the last step is always saved. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000_000)
  every: number = 50;

  /** The newest ones are kept; the best one is kept beside them. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  keepLast: number = 2;

  /** Also kept for good: those of every step that this divides. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000_000)
  keepEvery?: number;
}

/** Ends a run before its last step where it gets no better. */
export class EarlyStopConfig {
  /** Validations in a row without a better one. */
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  patience!: number;

  /** How much better counts as better. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  minDelta: number = 0;
}
