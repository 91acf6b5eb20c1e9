import { type BuildShardRequest, type JobRecord, SrvauError, TERMINAL_STATES } from '@srvau/contracts';
import type { JobClient } from '@srvau/messaging';

/** Starts of a shard before it counts as failed. Errors of models that are away cost none, they are waited for. */
const MAX_ATTEMPTS = 6;

/** The jobs of one build's shards. */
export class ShardJobs {
  constructor(
    private readonly client: JobClient,
    private readonly buildJobId: string,
    private readonly request: Omit<BuildShardRequest, 'shard'>,
  ) {}

  /**
   * Queues a shard, or finds the job that a former worker on this build has queued for it; one that has ended without
   * success is queued again.
   * @throws SrvauError UNAVAILABLE: NATS is away.
   */
  async submit(shard: number): Promise<string> {
    const request: BuildShardRequest = { ...this.request, shard };
    const idempotencyKey = `build/${this.buildJobId}/${this.request.plan}/${shard}`;
    const { jobId, created } = await this.client.submit('dataset.build-shard', request, {
      idempotencyKey,
      maxAttempts: MAX_ATTEMPTS,
    });
    if (!created) {
      const { state } = await this.client.get(jobId);
      if (state === 'failed' || state === 'cancelled') await this.client.resume(jobId);
    }
    return jobId;
  }

  /** @returns undefined while NATS is away: what it knows, it will know again. */
  async look(jobId: string): Promise<JobRecord | undefined> {
    try {
      return await this.client.get(jobId);
    } catch (error) {
      if (error instanceof SrvauError && error.retryable) return undefined;
      throw error;
    }
  }

  /** Asks the workers to stop; one that has ended by now has. */
  async cancel(jobIds: Iterable<string>): Promise<void> {
    await Promise.allSettled([...jobIds].map((jobId) => this.client.cancel(jobId)));
  }
}

export const isOver = ({ state }: JobRecord): boolean => TERMINAL_STATES.has(state);

/** Why a build cannot go on. Final, whatever ended the shard: its own attempts are used up. */
export function shardFailure(shard: number, { error }: JobRecord): SrvauError {
  const { code, message, details } = error ?? { code: 'INTERNAL', message: 'it left no error' };
  const cause = SrvauError.fromWire({ code, message, ...(details === undefined ? {} : { details }) });
  const final = cause.retryable ? 'UNPROCESSABLE' : cause.code;
  return new SrvauError(final, `shard ${shard}: ${message}`, { details: cause.details, cause });
}
