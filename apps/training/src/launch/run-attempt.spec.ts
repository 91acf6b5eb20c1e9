import childProcess from 'node:child_process';
import { join } from 'node:path';
import { type RunEvent, SftRequest, silentLog, SrvauError } from '@srvau/contracts';
import { refusal } from '../../test/refusal';
import { type AttemptOptions, runAttempt } from './run-attempt';

const program = { file: join(__dirname, '../../test/fake-rank.mjs') };

/** An attempt of which each rank does as told; see fake-rank.mjs. */
function attempt(act: string, ranks: number, change: Partial<AttemptOptions> = {}) {
  const request = Object.assign(new SftRequest(), {
    ...{ model: 'file:///m', data: 'file:///d', out: 'file:///o' },
    ...{ preset: act, ranks },
  });
  const pids: number[] = [];
  const events: RunEvent[] = [];
  const log = {
    ...silentLog,
    info: (fields: object) => {
      if ('pids' in fields) pids.push(...(fields.pids as number[]));
    },
  };
  const stopper = new AbortController();
  const result = runAttempt(
    { kind: 'sft', request, lockWaitMs: 0 },
    {
      ...{ signal: stopper.signal, stopReason: () => 'cancelled', log, program },
      progress: () => undefined,
      onEvent: (event) => events.push(event),
      ...change,
    },
  );
  // Awaited by each test in its own time.
  result.catch(() => undefined);
  return { result, pids, events, stop: (reason: unknown) => stopper.abort(reason) };
}

function expectGone(pids: readonly number[], count: number): void {
  expect(pids).toHaveLength(count);
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
}

async function until(condition: () => boolean): Promise<void> {
  const end = Date.now() + 30_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error('the condition never came true');
    await new Promise((done) => setTimeout(done, 10));
  }
}

afterEach(() => jest.restoreAllMocks());

describe('runAttempt', () => {
  it('starts the others when rank 0 listens, and passes on what rank 0 says', async () => {
    const progress: unknown[] = [];
    const metrics: unknown[] = [];
    const { result, pids, events } = attempt('finish', 3, {
      progress: (told) => progress.push(told),
      onMetrics: (step, values) => metrics.push([step, values]),
    });
    await expect(result).resolves.toEqual({ kind: 'sft', steps: 1 });
    const seats = events.map(({ message }) => JSON.parse(message) as { rank: number; port: number });
    expect(seats.map(({ rank, port }) => [rank, port]).sort()).toEqual([
      [0, 0],
      [1, 29_999],
      [2, 29_999],
    ]);
    expect(progress).toContainEqual({ stage: 'training', done: 1, total: 1, unit: 'steps' });
    expect(metrics).toContainEqual([1, { loss: NaN }]);
    expectGone(pids, 3);
  });

  it.each([
    ['die:1:SIGKILL', 'rank 1', 'was killed by SIGKILL, often by the kernel, when memory is short'],
    ['die:0:SIGSEGV', 'rank 0', 'was killed by SIGSEGV, as when native code crashes; its last words: terminate called'],
    ['exit:1:134', 'rank 1', 'ended with exit code 134 without a word'],
  ])('%s ends all ranks, and is worth another attempt', async (act, who, how) => {
    const { result, pids } = attempt(act, 2);
    const error = await refusal(() => result);
    expect(error).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect(error.message).toContain(who);
    expect(error.message).toContain(how);
    expectGone(pids, 2);
  });

  it('tells the error of the rank that failed, not of one that noticed', async () => {
    const { result } = attempt('fail:1:UNPROCESSABLE', 2);
    expect(await refusal(() => result)).toMatchObject({ code: 'UNPROCESSABLE', message: 'rank says UNPROCESSABLE' });
    const late = attempt('blame:CONFLICT', 2, { graceMs: 10_000 });
    expect(await refusal(() => late.result)).toMatchObject({ code: 'CONFLICT' });
  });

  it('is told to stop by its signal', async () => {
    const { result, pids, events, stop } = attempt('obey', 2);
    await until(() => events.length === 2);
    stop(new SrvauError('CANCELLED', 'enough'));
    expect(await refusal(() => result)).toMatchObject({ code: 'CANCELLED', message: 'enough' });
    expectGone(pids, 2);
  });

  it('kills ranks that do not stop', async () => {
    const { result, pids, events, stop } = attempt('ignore', 2, { graceMs: 50 });
    await until(() => events.length === 2);
    stop(new SrvauError('CANCELLED', 'enough'));
    expect(await refusal(() => result)).toMatchObject({ code: 'CANCELLED' });
    expectGone(pids, 2);
  });

  it('gives the others no more time because rank 0 has ended as it was told', async () => {
    const { result, pids, events, stop } = attempt('leave', 2, { graceMs: 1_000 });
    await until(() => events.length === 2);
    stop(new SrvauError('CANCELLED', 'enough'));
    expect(await refusal(() => result)).toMatchObject({ code: 'CANCELLED' });
    expectGone(pids, 2);
  });

  it.each([
    ['fail:1:UNPROCESSABLE', /^rank 1: rank says UNPROCESSABLE$/],
    ['exit:1:134', /^rank 1 \(process \d+\) ended with exit code 134 without a word$/],
  ])('%s: tells the others what became of it', async (act, because) => {
    const { result, events } = attempt(act, 2, { graceMs: 10_000 });
    await refusal(() => result);
    expect(events.filter(({ kind }) => kind === 'failed')).toMatchObject([
      { step: 0, message: expect.stringMatching(because) as string },
    ]);
  });

  it('leaves no rank behind when a later one cannot be started', async () => {
    const forked = jest.spyOn(childProcess, 'fork');
    const files = [program.file];
    // No path: fork throws.
    const once = {
      get file() {
        return files.pop() ?? 'a\0b';
      },
    };
    const { result } = attempt('finish', 3, { program: once });
    expect(await refusal(() => result)).toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('rank 1 could not be started') as string,
    });
    expect(forked.mock.results[0]?.value).toMatchObject({ signalCode: 'SIGKILL' });
  });

  it('bears more than one error of a process', async () => {
    const forked = jest.spyOn(childProcess, 'fork');
    const { result, pids, events, stop } = attempt('obey', 1);
    await until(() => events.length === 1);
    const child = forked.mock.results[0]?.value as childProcess.ChildProcess;
    for (const message of ['first', 'second']) child.emit('error', new Error(message));
    stop(new SrvauError('CANCELLED', 'enough'));
    expect(await refusal(() => result)).toMatchObject({ code: 'CANCELLED' });
    expectGone(pids, 1);
  });

  it('kills a rank that says nothing any more', async () => {
    const { result, pids } = attempt('ignore', 1, { silenceMs: 1_200 });
    const error = await refusal(() => result);
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.message).toContain('said nothing for so long that it was killed');
    expectGone(pids, 1);
  });

  it('does not begin under a signal that has aborted', async () => {
    const { result, pids } = attempt('finish', 1, { signal: AbortSignal.abort(new SrvauError('CANCELLED', 'before')) });
    expect(await refusal(() => result)).toMatchObject({ message: 'before' });
    expect(pids).toEqual([]);
  });

  it('reports a program that does not start', async () => {
    const { result } = attempt('finish', 1, { program: { file: join(__dirname, 'nowhere.mjs') } });
    expect((await refusal(() => result)).message).toMatch(
      /rank 0 .* ended with exit code 1 without a word; its last words/,
    );
  });
});
