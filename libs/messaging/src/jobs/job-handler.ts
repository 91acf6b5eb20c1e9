import { applyDecorators, UseFilters } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import type { DtoClass, JobKind, JobProgress } from '@srvau/contracts';
import { RethrowFilter } from '../micro/endpoint';

/** Ties handlers to `JobServer`. */
export const JOB_TRANSPORT = Symbol('srvau.job');

export interface JobHandlerOptions {
  kind: JobKind;
  /** Class that the job's request is validated against. */
  request: DtoClass<object>;
  /** Jobs of this kind that one process works on at once. */
  concurrency?: number;
}

/** What a job handler gets beside its request. */
export interface JobContext {
  readonly jobId: string;
  /** 1 for the first start. */
  readonly attempt: number;
  /**
   * Aborts when the job is cancelled, when this process shuts down, or when another worker has taken the job over.
   * The handler stops as soon as it can, whatever the reason; what it has written durably is where it goes on.
   */
  readonly signal: AbortSignal;
  /** Reports progress; may be called as often as wanted, it is thinned out. */
  progress(progress: JobProgress): void;
}

/**
 * Marks a controller method `(request, context: JobContext) => Promise<result>` as the worker of a kind of job.
 *
 * It may be called several times for one job, also after it was killed at any point, and must go on from its last
 * durable step. `SrvauError`s that are not retryable end the job; every other error is tried again.
 */
export function JobHandler(options: JobHandlerOptions): MethodDecorator {
  return applyDecorators(
    MessagePattern(`job:${options.kind}`, JOB_TRANSPORT, { job: options }),
    UseFilters(new RethrowFilter()),
    takesRequestAndContext,
  );
}

/** Nest hands over the payload alone unless the parameters are marked. */
const takesRequestAndContext: MethodDecorator = (target, method) => {
  Payload()(target, method, 0);
  Ctx()(target, method, 1);
};
