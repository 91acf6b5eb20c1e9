import { IsBoolean, IsIn, IsNumber, IsOptional, Max, Min } from '@srvau/reward-sdk';

export class TemporalIouRewardOptions {
  /** Score of a normal video that is called normal. */
  @IsOptional()
  @IsNumber()
  @Min(0)
  @Max(1)
  normalScore = 1;

  /** Which answer counts: the one after the reflection (the paper) or the one before. */
  @IsOptional()
  @IsIn(['final', 'first'])
  answer: 'final' | 'first' = 'final';

  /** Cuts the answered span at the ends of the video first. Otherwise times outside of it count, and cost. */
  @IsOptional()
  @IsBoolean()
  clipToVideo = false;
}
