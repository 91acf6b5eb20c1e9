import { type JobRecord, type JobState, SrvauError, SUBJECTS } from '@srvau/contracts';
import { type Ask, askOf } from './ask';
import { EvaluationJob } from './job';
import type { Transport } from './transport';

type Step = Partial<JobRecord> | SrvauError;

const record = (fields: Partial<JobRecord>): JobRecord => ({
  ...{ id: 'job-0001', kind: 'evaluation.run', state: 'running', request: {}, attempt: 1, maxAttempts: 5 },
  ...{ submittedAt: '2020-01-01T00:00:00.000Z', ...fields },
});

/** A service that tells of a job what these say, one a look, the last one again and again. */
function telling(steps: readonly Step[]): { ask: Ask; looks: () => number } {
  let looks = 0;
  const transport: Transport = {
    closed: false,
    ask: async (operation) => {
      expect(operation).toBe(SUBJECTS.jobsGet);
      const step = steps[Math.min(looks, steps.length - 1)];
      looks += 1;
      if (step === undefined || step instanceof SrvauError) throw step ?? new Error('no steps');
      return record(step) as never;
    },
    stream: () => Promise.reject(new Error('not asked for')),
    listen: () => () => undefined,
    close: () => Promise.resolve(),
  };
  return { ask: askOf(transport, { timeoutMs: 1_000 }), looks: () => looks };
}

const never = (): (() => void) => () => undefined;
const jobOf = (ask: Ask, listen: typeof never | ((ring: () => void) => () => void) = never) =>
  new EvaluationJob<unknown>(ask, listen, 'job-0001', true);

async function states(job: EvaluationJob): Promise<JobState[]> {
  const seen: JobState[] = [];
  for await (const { state } of job.follow()) seen.push(state);
  return seen;
}

const away = new SrvauError('UNAVAILABLE', 'nobody');
const progress = (done: number) => ({ progress: { stage: 'ask', done, total: 3, unit: 'items' } });

describe('EvaluationJob', () => {
  it('tells of changes alone, to the end', async () => {
    const steps = [
      { state: 'queued' as const },
      progress(1),
      progress(1),
      progress(2),
      { state: 'succeeded' as const },
    ];
    expect(await states(jobOf(telling(steps).ask))).toEqual(['queued', 'running', 'running', 'succeeded']);
  });

  it('waits while the service is away', async () => {
    const { ask, looks } = telling([{}, away, away, { state: 'succeeded', result: 7 }]);
    expect(await jobOf(ask).result()).toBe(7);
    expect(looks()).toBe(4);
  });

  it('gives up when the service stays away', async () => {
    await expect(jobOf(telling([away]).ask).result({ absenceMs: 300 })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('listens for events while it follows, and no longer', async () => {
    const calls: string[] = [];
    const job = jobOf(telling([{}, { state: 'succeeded' }]).ask, (ring) => {
      calls.push('listens');
      ring();
      return () => calls.push('stopped');
    });
    expect(await states(job)).toEqual(['running', 'succeeded']);
    expect(calls).toEqual(['listens', 'stopped']);
  });

  it('throws what the job failed with, and CANCELLED for a cancelled one', async () => {
    const error = { code: 'UNPROCESSABLE', message: 'r.jsonl, line 3: expected JSON' } as const;
    await expect(jobOf(telling([{ state: 'failed', error }]).ask).result()).rejects.toMatchObject(error);
    const cancelled = jobOf(telling([{ state: 'cancelled' }]).ask).result();
    await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED', message: expect.stringContaining('job-0001') });
  });

  it('stops following when it is told to, and when the loop is left', async () => {
    const signal = AbortSignal.timeout(50);
    await expect(jobOf(telling([{}]).ask).result({ signal })).rejects.toMatchObject({ code: 'CANCELLED' });
    let stopped = false;
    for await (const { state } of jobOf(telling([{}]).ask, () => () => (stopped = true)).follow()) {
      expect(state).toBe('running');
      break;
    }
    expect(stopped).toBe(true);
  });
});
