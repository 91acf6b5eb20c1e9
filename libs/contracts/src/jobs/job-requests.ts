import { IsIn, IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';
import { JOB_KINDS, JOB_STATES, type JobState } from './job';

/** Job ids are URL- and subject-safe: they are used as KV keys and as the last token of subjects. */
export const JOB_ID_PATTERN = /^[a-z0-9-]{8,64}$/;

export class JobIdRequest {
  @Matches(JOB_ID_PATTERN, { message: 'jobId must be a job id (8 to 64 of a-z, 0-9 and -)' })
  jobId!: string;
}

export class ListJobsRequest {
  @IsOptional()
  @IsIn(JOB_STATES)
  state?: JobState;

  @IsOptional()
  @IsIn(JOB_KINDS)
  kind?: string;

  /** Newest first. */
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1000)
  limit?: number;
}

/** Fields that every request which submits a job shares. */
export class SubmitJobRequest {
  /** The same key submitted twice gives the same job. */
  @IsOptional()
  @IsString()
  @Length(1, 200)
  idempotencyKey?: string;
}

/** Reply to a request that submits a job. */
export interface JobAccepted {
  jobId: string;
  /** False when the idempotency key named a job that was there already. */
  created: boolean;
}
