import { IsIn, IsNumber, IsOptional, Max, Min } from '@srvau/reward-sdk';

export class TaskRewardOptions {
  /** R_format, where the completion has the structure of its grammar. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(100)
  formatScore = 0.5;

  /** R_accuracy, where the answer is right. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(100)
  accuracyScore = 0.5;

  /** Which answer has to be right: the one before the reflection (the paper) or the one after. */
  @IsOptional()
  @IsIn(['first', 'final'])
  answer: 'first' | 'final' = 'first';
}
