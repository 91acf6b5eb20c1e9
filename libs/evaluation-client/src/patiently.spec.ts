import { SrvauError } from '@srvau/contracts';
import { type Patience, patiently } from './patiently';

/** Fails with these, one a try, and then succeeds. */
const failing = (errors: readonly SrvauError[]) => {
  const left = [...errors];
  const tries: number[] = [];
  const work = async (): Promise<string> => {
    tries.push(Date.now());
    const error = left.shift();
    if (error !== undefined) throw error;
    return 'done';
  };
  return { work, tries };
};

const run = (errors: readonly SrvauError[], limits: Partial<Patience> = {}) => {
  const { work, tries } = failing(errors);
  return { tries, outcome: patiently('call', work, { timeoutMs: 30_000, ...limits }) };
};

const busy = (retryAfterMs?: number): SrvauError => new SrvauError('BUSY', 'full', { retryAfterMs });

describe('patiently', () => {
  it('waits out what passes, at least as long as the service asks for', async () => {
    const { tries, outcome } = run([busy(300), new SrvauError('UNAVAILABLE', 'nobody')]);
    await expect(outcome).resolves.toBe('done');
    const [first = 0, second = 0] = tries;
    // A timer may fire within the millisecond before.
    expect(second - first).toBeGreaterThanOrEqual(299);
    expect(tries).toHaveLength(3);
  });

  it.each(['INVALID_REQUEST', 'NOT_FOUND', 'CONFLICT', 'INTERNAL', 'DEADLINE_EXCEEDED', 'FORBIDDEN'] as const)(
    'takes %s for final',
    async (code) => {
      const { tries, outcome } = run([new SrvauError(code, 'no')]);
      await expect(outcome).rejects.toMatchObject({ code });
      expect(tries).toHaveLength(1);
    },
  );

  it('gives up after the retries', async () => {
    const { tries, outcome } = run(
      Array.from({ length: 9 }, () => busy(0)),
      { retries: 2 },
    );
    await expect(outcome).rejects.toMatchObject({ code: 'BUSY' });
    expect(tries).toHaveLength(3);
    await expect(run([busy(0)], { retries: 0 }).outcome).rejects.toMatchObject({ code: 'BUSY' });
  });

  it('does not wait for a place beyond the deadline, and says when it will be there', async () => {
    const { tries, outcome } = run([busy(60_000)], { timeoutMs: 50 });
    await expect(outcome).rejects.toMatchObject({ code: 'BUSY', retryAfterMs: 60_000 });
    expect(tries).toHaveLength(1);
  });

  it('tells each try how much time is left, and repeats one that had less than the call', async () => {
    const given: number[] = [];
    const late = new SrvauError('DEADLINE_EXCEEDED', 'late');
    const outcome = patiently(
      'call',
      async ({ timeoutMs }) => {
        given.push(timeoutMs);
        if (given.length === 1) throw late;
        return 'done';
      },
      { timeoutMs: 5_000, attemptMs: 1_000 },
    );
    await expect(outcome).resolves.toBe('done');
    expect(given).toEqual([1_000, 1_000]);
  });

  it('is cancelled before a try, during one, and between two', async () => {
    const reason = new Error('the user left');
    await expect(run([], { signal: AbortSignal.abort(reason) }).outcome).rejects.toMatchObject({
      ...{ code: 'CANCELLED', cause: reason },
    });
    const between = new AbortController();
    const { tries, outcome } = run([busy(20_000)], { signal: between.signal });
    setTimeout(() => between.abort(reason), 20);
    await expect(outcome).rejects.toMatchObject({ code: 'CANCELLED', cause: reason });
    expect(tries).toHaveLength(1);
    const during = new AbortController();
    const work = (): Promise<never> => {
      during.abort(reason);
      throw busy(0);
    };
    const limits = { timeoutMs: 1_000, signal: during.signal };
    await expect(patiently('call', work, limits)).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
