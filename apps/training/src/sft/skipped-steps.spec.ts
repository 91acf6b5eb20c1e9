import { SkippedSteps } from './skipped-steps';

it('tells the first step in a row that was left out, and ends a run in which none is learned from', () => {
  const steps = new SkippedSteps();
  expect(steps.count(false)).toEqual([]);
  expect(steps.count(true)).toMatchObject([{ warning: 'gradient-not-finite', stops: false }]);
  expect(steps.count(true)).toEqual([]);
  expect(steps.count(false)).toEqual([]);
  for (let step = 0; step < 9; step += 1) expect(steps.count(true)).toHaveLength(step === 0 ? 1 : 0);

  const resumed = new SkippedSteps();
  resumed.restore(JSON.parse(JSON.stringify(steps.state())) as Record<string, unknown>);
  expect(resumed.count(true)).toMatchObject([{ warning: 'gradient-not-finite', stops: true }]);
  expect(resumed.total).toBe(12);
  // One step more is no new hope.
  expect(resumed.count(true)).toMatchObject([
    { stops: true, message: expect.stringContaining('in 11 steps in a row') },
  ]);
});
