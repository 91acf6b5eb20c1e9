import type { SrvauError } from '@srvau/contracts';
import { TrainingConfig } from '../training-config';
import { stallLimitMs, StallWatch } from './stall-watch';

describe('StallWatch', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  function watched(): { watch: StallWatch; stalls: SrvauError[] } {
    const stalls: SrvauError[] = [];
    return { watch: new StallWatch({ limitMs: 2000, onStall: (error) => stalls.push(error) }), stalls };
  }

  it('names what does not end, once', () => {
    const { watch, stalls } = watched();
    watch.begins('generate');
    jest.advanceTimersByTime(1900);
    expect(stalls).toEqual([]);
    jest.advanceTimersByTime(10_000);
    expect(stalls).toMatchObject([{ code: 'UNAVAILABLE', message: expect.stringContaining('"generate"') as string }]);
    expect(stalls[0]?.message).toContain('expected less than 2 s (SRVAU_TRAINING_STALL_MS)');
  });

  it('says nothing while one thing follows another, or when it is no longer wanted', () => {
    const { watch, stalls } = watched();
    for (let i = 0; i < 10; i += 1) {
      watch.begins('update');
      jest.advanceTimersByTime(1500);
    }
    watch[Symbol.dispose]();
    jest.advanceTimersByTime(10_000);
    expect(stalls).toEqual([]);
  });

  it('does not count the time in which the process was stopped', () => {
    const { stalls } = watched();
    const now = performance.now();
    const clock = jest.spyOn(performance, 'now').mockReturnValue(now + 3_600_000);
    jest.advanceTimersByTime(100);
    expect(stalls).toEqual([]);
    clock.mockRestore();
  });
});

test('ranks that wait for each other end by the time-out of their exchange', () => {
  const config = Object.assign(new TrainingConfig(), { stallMs: 5_000, rankTimeoutMs: 1_800_000 });
  expect(stallLimitMs(config, 1)).toBe(5_000);
  expect(stallLimitMs(config, 2)).toBe(1_860_000);
});
