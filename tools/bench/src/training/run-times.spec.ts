import type { RunEvent } from '@srvau/contracts';
import { meanOfBest, timesOf, type TimingsLine } from './run-times';

const at = (seconds: number): string => new Date(1_000_000 + seconds * 1000).toISOString();
const line = (step: number, seconds: number, phases: Record<string, number> = {}): TimingsLine => ({
  ...{ step, at: at(seconds) },
  ...phases,
});
const saved = (step: number, seconds: number): RunEvent => ({
  ...{ step, at: at(seconds), kind: 'checkpoint', message: 'saved' },
});

describe('times of a run', () => {
  it('are those between the ends of steps, without the first and without checkpoints', () => {
    const timings = [line(1, 9), line(2, 10), line(3, 12.5), line(4, 13.5)];
    const begun: RunEvent = { step: 0, at: at(0), kind: 'started', message: '' };
    const times = timesOf(timings, [begun, saved(2, 10.5), saved(4, 13.75)]);
    expect(times.steps).toEqual([1, 2, 1]);
    expect(times.saves).toEqual([0.5, 0.25]);
  });

  it('have phases of the same steps', () => {
    const timings = [
      line(1, 1, { generate: 7, update: 7 }),
      line(2, 2, { generate: 1, update: 2 }),
      line(3, 3, { generate: 3, update: 4 }),
    ];
    expect(timesOf(timings, []).phases).toEqual({ generate: [1, 3], update: [2, 4] });
  });
});

it('takes of each step the faster round, and of them the mean', () => {
  expect(
    meanOfBest([
      [1, 9],
      [2, 3],
    ]),
  ).toBe(2);
});
