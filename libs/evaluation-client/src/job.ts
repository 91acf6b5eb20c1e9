import { type JobAccepted, type JobRecord, SrvauError, SUBJECTS, TERMINAL_STATES } from '@srvau/contracts';
import type { Ask } from './ask';
import { Bell } from './bell';
import { pauseFor } from './patiently';
import type { CallOptions } from './transport';

export interface FollowOptions {
  signal?: AbortSignal;
  /** How long the service may be away, while it is restarted for instance, before following fails; 300,000 by default. */
  absenceMs?: number;
}

const DEFAULT_ABSENCE_MS = 300_000;
/** A look is small: an answer that takes longer was lost with the process that owed it. */
const ANSWER_MS = 10_000;
/** Between looks: growing while nothing changes, and at most that often where events say that something has. */
const LOOK_MS = { first: 100, most: 2_000 };

/** A durable job of the service: it goes on whether or not anybody follows it. `Result` is what it ends with. */
export class EvaluationJob<Result = unknown> implements JobAccepted {
  readonly #ask: Ask;
  readonly #listen: (onChange: () => void) => () => void;

  /** Made by the client. */
  constructor(
    ask: Ask,
    listen: (onChange: () => void) => () => void,
    readonly jobId: string,
    /** False where the job was there already: an idempotency key named it, or the caller did. */
    readonly created: boolean,
  ) {
    this.#ask = ask;
    this.#listen = listen;
  }

  /** @throws SrvauError NOT_FOUND */
  status(options: CallOptions = {}): Promise<JobRecord> {
    return this.#ask(SUBJECTS.jobsGet, { jobId: this.jobId }, { ...options, attemptMs: ANSWER_MS });
  }

  /**
   * Asks the job to stop; it is `cancelled` when its worker has stopped, which `follow` sees.
   * @throws SrvauError NOT_FOUND; CONFLICT when the job has ended
   */
  cancel(options: CallOptions = {}): Promise<JobRecord> {
    return this.#ask(SUBJECTS.jobsCancel, { jobId: this.jobId }, { ...options, attemptMs: ANSWER_MS });
  }

  /**
   * The job's record now and whenever its state, attempt or progress has changed; the last one has ended.
   * Leaving the loop, or `signal`, does not touch the job.
   * @throws SrvauError NOT_FOUND, CANCELLED, or what keeps the service away for longer than `absenceMs`
   */
  async *follow({ signal, absenceMs = DEFAULT_ABSENCE_MS }: FollowOptions = {}): AsyncGenerator<JobRecord, void, void> {
    const what = `job ${this.jobId}`;
    const look: CallOptions = {
      ...{ timeoutMs: absenceMs, retries: Number.POSITIVE_INFINITY },
      ...(signal === undefined ? {} : { signal }),
    };
    const bell = new Bell();
    const stop = this.#listen(() => bell.ring());
    try {
      let seen = '';
      for (let wait = LOOK_MS.first; ; wait = Math.min(wait * 2, LOOK_MS.most)) {
        const record = await this.status(look);
        const { state, attempt, progress, cancelRequestedAt } = record;
        const now = JSON.stringify([state, attempt, progress, cancelRequestedAt]);
        if (now !== seen) {
          seen = now;
          wait = LOOK_MS.first;
          yield record;
        }
        if (TERMINAL_STATES.has(state)) return;
        await pauseFor(LOOK_MS.first, what, signal);
        await bell.within(wait - LOOK_MS.first, what, signal);
      }
    } finally {
      stop();
    }
  }

  /**
   * Waits for the end.
   * @param onProgress called with what `follow` gives
   * @throws SrvauError with the job's own code where it failed, CANCELLED where it was cancelled, and as `follow` does
   */
  async result(options: FollowOptions = {}, onProgress?: (record: JobRecord) => void): Promise<Result> {
    let last: JobRecord | undefined;
    for await (const record of this.follow(options)) {
      last = record;
      onProgress?.(record);
    }
    if (last?.state === 'succeeded') return last.result as Result;
    if (last?.error !== undefined) throw SrvauError.fromWire(last.error);
    throw new SrvauError('CANCELLED', `job ${this.jobId}: expected a result, received a job that is ${last?.state}`);
  }
}
