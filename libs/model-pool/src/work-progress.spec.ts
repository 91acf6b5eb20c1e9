import { type JobProgress, silentLog } from '@srvau/contracts';
import { WorkProgress } from './work-progress';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

it('tells how far the work is, and which model it waits for, until it ends', () => {
  const told: JobProgress[] = [];
  const warnings: string[] = [];
  const judge: { waitingFor: string | undefined } = { waitingFor: undefined };
  {
    using progress = new WorkProgress({
      ...{ models: { 'the model': { waitingFor: undefined }, 'the judge': judge }, total: 9, fields: {} },
      progress: (now) => told.push(now),
      log: { ...silentLog, warn: (_, message) => warnings.push(message) },
    });
    progress.show(2);
    judge.waitingFor = 'ECONNREFUSED';
    jest.advanceTimersByTime(2_500);
    judge.waitingFor = undefined;
    progress.show(3);
  }
  jest.advanceTimersByTime(10_000);
  const waiting = { stage: 'waiting for the judge (ECONNREFUSED)', done: 2, total: 9, unit: 'items' };
  expect(told).toEqual([
    { stage: 'items', done: 2, total: 9, unit: 'items' },
    ...[waiting, waiting],
    { stage: 'items', done: 3, total: 9, unit: 'items' },
  ]);
  expect(warnings).toEqual(['waiting for the judge (ECONNREFUSED)', 'going on']);
});
