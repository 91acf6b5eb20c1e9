import { IsBoolean, IsIn, IsNumber, IsOptional, Max, Min } from '@srvau/reward-sdk';

/** Defaults are the paper's values; where it gives none, those of SRPO, which it builds on. */
export class ReflectionRewardOptions {
  /** I_eff where both answers are right (C→C). */
  @IsOptional()
  @IsNumber()
  @Min(-100)
  @Max(100)
  rightToRightScore = 0.25;

  /** I_eff where the reflection put a wrong answer right (W→C). */
  @IsOptional()
  @IsNumber()
  @Min(-100)
  @Max(100)
  wrongToRightScore = 0.5;

  /** I_eff where both answers are wrong (W→W). */
  @IsOptional()
  @IsNumber()
  @Min(-100)
  @Max(100)
  wrongToWrongScore = 0;

  /** I_eff where a right answer was given up (C→W). */
  @IsOptional()
  @IsNumber()
  @Min(-100)
  @Max(100)
  rightToWrongScore = -0.25;

  /** I_ref, where there is exactly one reflection, well formed and not empty, between the two answers. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(100)
  reflectionScore = 0.25;

  /** The α of Eq. 4: what f_len counts; 0 leaves lengths out altogether. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(100)
  lengthWeight = 0.1;

  /** 1: the paper; 2: flatter around the target and steeper beyond the maximum, as SRPO's code has it. */
  @IsOptional()
  @IsIn([1, 2])
  lengthExponent: 1 | 2 = 1;

  /** T_target as a multiple of the first round's length. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1000)
  targetRatio = 2;

  /** T_max as a multiple of the first round's length; above targetRatio. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1000)
  maxRatio = 2.5;

  /** T_target as a fixed number of tokens, together with maxTokens; the ratios then count nothing. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1e9)
  targetTokens?: number;

  /** T_max as a fixed number of tokens; above targetTokens. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1e9)
  maxTokens?: number;

  /**
   * f_len counts only where I_ref does, so that a completion without a reflection cannot be padded to the target.
   * Eq. 4 does not ask for it.
   */
  @IsOptional()
  @IsBoolean()
  lengthNeedsReflection = false;
}
