import { Deadline } from './deadline';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

it('expires once the running time is used up, pauses not counted', () => {
  let expirations = 0;
  const deadline = new Deadline(1000, () => (expirations += 1));
  jest.advanceTimersByTime(600);
  deadline.pause();
  deadline.pause();
  jest.advanceTimersByTime(60_000);
  expect(deadline.expired).toBe(false);
  deadline.resume();
  deadline.resume();
  jest.advanceTimersByTime(399);
  expect(deadline.expired).toBe(false);
  jest.advanceTimersByTime(1);
  expect([deadline.expired, expirations]).toEqual([true, 1]);
  deadline.resume();
  jest.advanceTimersByTime(10_000);
  expect(expirations).toBe(1);
});

it('never expires when cancelled, nor at once for a budget beyond the range of timers', () => {
  const cancelled = new Deadline(10, () => undefined);
  cancelled.cancel();
  const long = new Deadline(1e12, () => undefined);
  jest.advanceTimersByTime(60_000);
  expect([cancelled.expired, long.expired]).toEqual([false, false]);
  long.cancel();
});
