import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayNotEmpty,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsPositive,
  Matches,
  Max,
  Min,
  ValidateNested,
} from 'class-validator';
import { MAX_DEADLINE_MS, PLUGIN_ID } from '../reward/score';
import { EarlyStopConfig } from './hyper-parameters';
import { TrainConfig, TrainRequest } from './train';

/** Wording of the prompt, and with it the grammar of the completion; see `policyPrompt` of @srvau/reasoning. */
export const GRPO_PROMPTS = ['reflection-rft', 'two-step', 'initial', 'direct'] as const;
export type GrpoPrompt = (typeof GRPO_PROMPTS)[number];

export const FAILURE_POLICIES = ['abort', 'drop-group', 'abstain'] as const;
export type FailurePolicy = (typeof FAILURE_POLICIES)[number];

/** One column of scores and what it counts. */
export class RewardComponent {
  @Matches(PLUGIN_ID, { message: 'plugin must be the id of a plugin, lower-case words joined by "-"' })
  plugin!: string;

  @IsOptional()
  @IsNumber()
  @Min(-1e6)
  @Max(1e6)
  weight: number = 1;

  /** Of the plugin; what is absent has the plugin's default. */
  @IsOptional()
  @IsObject()
  options?: Record<string, unknown>;
}

/** How rollouts are scored, and how scores become advantages. */
export class RewardConfig {
  /** By default the paper's three, Eq. 2, each of weight 1. */
  @IsOptional()
  @IsArray()
  @ArrayNotEmpty()
  @ArrayMaxSize(64)
  @ValidateNested({ each: true })
  @Type(() => RewardComponent)
  components: RewardComponent[] = ['task', 'reflection', 'temporal-iou'].map((plugin) =>
    Object.assign(new RewardComponent(), { plugin }),
  );

  /** Paper: App. B normalises each component within its group; Eq. 2 sums first. */
  @IsOptional()
  @IsIn(['normalize-then-sum', 'sum-then-normalize'])
  aggregation: 'normalize-then-sum' | 'sum-then-normalize' = 'normalize-then-sum';

  /** Whose standard deviation divides; without it `none` after normalize-then-sum, else `group`. */
  @IsOptional()
  @IsIn(['none', 'group', 'batch'])
  scale?: 'none' | 'group' | 'batch';

  /**
   * What becomes of a rollout that a plugin fails on. `abort`: the run ends. `drop-group`: its group takes no part in the
   * step. `abstain`: as if the plugin had abstained.
   */
  @IsOptional()
  @IsIn(FAILURE_POLICIES)
  onFailure: FailurePolicy = 'abort';

  /** That the reward service gives each plugin for one request. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MAX_DEADLINE_MS)
  deadlineMs: number = 60_000;
}

/** How completions are drawn; temperature 1 as in the paper, App. B. */
export class RolloutConfig {
  /** G, completions of one prompt; paper, App. B. */
  @IsOptional()
  @IsInt()
  @Min(2, { message: 'groupSize must be at least 2: advantages compare the completions of one prompt' })
  @Max(1024)
  groupSize: number = 4;

  /** Prompts of one step, all ranks together; the paper's 128. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  promptsPerStep: number = 128;

  @IsOptional()
  @IsNumber()
  @Min(1e-6)
  @Max(1e6)
  temperature: number = 1;

  @IsOptional()
  @IsPositive()
  @Max(1)
  topP: number = 1;

  /** 0 keeps all. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(2 ** 31 - 1)
  topK: number = 0;

  /** Tokens of one completion, at most. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  maxNewTokens: number = 1024;

  /** Sequences decoded at a time by one rank, which bounds the memory of the cache; 0 is all. Does not change the samples. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  maxSequences: number = 0;
}

/** The objective, Sec. 3.2.2 of the paper, with the variants that have come since. */
export class GrpoLossConfig {
  @IsOptional()
  @IsIn(['grpo', 'dr_grpo', 'dapo', 'bnpo'])
  type: 'grpo' | 'dr_grpo' | 'dapo' | 'bnpo' = 'grpo';

  /** What the probability ratio is taken of; `sequence` is GSPO. */
  @IsOptional()
  @IsIn(['token', 'sequence'])
  importance: 'token' | 'sequence' = 'token';

  /** The ratio is clipped to [1 − clipLow, 1 + clipHigh]. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  clipLow: number = 0.2;

  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1e6)
  clipHigh: number = 0.2;

  /** Bounds the ratio of sequences with a negative advantage too; above 1 + clipHigh. */
  @IsOptional()
  @IsNumber()
  @Min(1)
  @Max(1e6)
  delta?: number;

  /** Weight of the divergence (k3) from the frozen reference; 0 needs none. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1e6)
  klCoef: number = 0.04;

  /** Multiplies the divergence by the ratio, which makes its gradient unbiased off policy. */
  @IsOptional()
  @IsBoolean()
  klTimesRatio: boolean = false;
}

/** Completions that reach `maxNewTokens`. */
export class OverlongConfig {
  /** They count nowhere in the loss but among the sequences. */
  @IsOptional()
  @IsBoolean()
  mask: boolean = false;

  /** Tokens before `maxNewTokens` from which a penalty rises linearly to 1 (DAPO); 0 is none. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1_000_000)
  softTokens: number = 0;

  /** Of that penalty, a component of its own. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1e6)
  weight: number = 1;
}

/** Draws further prompts in place of groups whose completions all score the same, which bring no gradient (DAPO). */
export class DynamicSamplingConfig {
  /** Prompts of one step, drawn in all, as a multiple of `promptsPerStep`; then the step goes on with what there is. */
  @IsOptional()
  @IsInt()
  @Min(2)
  @Max(64)
  maxRounds: number = 3;
}

/** When the policy is tried on the validation split, greedily, and scored by the same components. */
export class GrpoValidationConfig {
  /** Steps; 0 is never. Before the first step and after the last one too. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1_000_000_000)
  every: number = 50;

  /** Prompts, the first in the order of their ids; all without it. */
  @IsOptional()
  @IsInt()
  @Min(1)
  limit: number = 256;

  /** On the total reward. */
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => EarlyStopConfig)
  earlyStop?: EarlyStopConfig;
}

/** Warnings of a run; `guards.stopOn` names those that end it. */
export const GRPO_WARNINGS = [
  'constant-reward',
  'format-rate-zero',
  'kl-explodes',
  'gradient-not-finite',
  'rollout-mismatch',
  'entropy-collapse',
  'length-collapse',
  'format-collapse',
] as const;
export type GrpoWarning = (typeof GRPO_WARNINGS)[number];

/** What is watched in each step. A warning is an event of the run; those named in `stopOn` end it. */
export class GuardConfig {
  @IsOptional()
  @IsArray()
  @IsIn(GRPO_WARNINGS, { each: true })
  stopOn: GrpoWarning[] = [];

  /** Steps in a row that make a warning of what a single step may well show. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  window: number = 10;

  /** Mean divergence from the reference per token, nats. */
  @IsOptional()
  @IsPositive()
  maxKl: number = 10;

  /** |log-probability when sampled − when trained| of a token, nats. */
  @IsOptional()
  @IsPositive()
  maxMismatch: number = 1;

  /** Mean entropy per token, nats. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  minEntropy: number = 0.01;

  /** Mean tokens of a completion. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  minLengthTokens: number = 4;

  /** Share of its best over the run below which the format rate has collapsed. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  minFormatShare: number = 0.5;
}

/** Everything that a GRPO run depends on but its models and its data. */
export class GrpoConfig extends TrainConfig {
  /** Without it as many as one pass over the training split has. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000_000)
  steps?: number;

  @IsOptional()
  @IsIn(GRPO_PROMPTS)
  prompt: GrpoPrompt = 'reflection-rft';

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => RolloutConfig)
  rollout: RolloutConfig = new RolloutConfig();

  /** Optimizer steps that the rollouts of one step are cut into, by whole groups. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1024)
  minibatches: number = 1;

  /** Passes over the rollouts of one step. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(64)
  iterations: number = 1;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => RewardConfig)
  reward: RewardConfig = new RewardConfig();

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => GrpoLossConfig)
  loss: GrpoLossConfig = new GrpoLossConfig();

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => OverlongConfig)
  overlong: OverlongConfig = new OverlongConfig();

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => DynamicSamplingConfig)
  dynamicSampling?: DynamicSamplingConfig;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => GrpoValidationConfig)
  validation: GrpoValidationConfig = new GrpoValidationConfig();

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => GuardConfig)
  guards: GuardConfig = new GuardConfig();

  /** Steps between two files of samples: transcripts with their scores. 0 writes none. */
  @IsOptional()
  @IsInt()
  @Min(0)
  @Max(1_000_000_000)
  samplesEvery: number = 10;
}

/** Request of `srvau.training.grpo`. */
export class GrpoRequest extends TrainRequest {}
