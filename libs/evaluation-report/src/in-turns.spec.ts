import { inTurns } from './in-turns';

function* counting(steps: number, stepMs: number): Generator<void, number> {
  for (let i = 0; i < steps; i += 1) {
    const until = performance.now() + stepMs;
    while (performance.now() < until);
    yield;
  }
  return steps;
}

it('lets others have a turn before the work is done, and gives its result', async () => {
  const order: string[] = [];
  const work = inTurns(counting(10, 5), new AbortController().signal).then((steps) => order.push(`${steps} steps`));
  setImmediate(() => order.push('other'));
  await work;
  expect(order).toEqual(['other', '10 steps']);
});

it('ends with the reason of the signal', async () => {
  const gone = new AbortController();
  const work = inTurns(counting(1_000_000, 5), gone.signal);
  setImmediate(() => gone.abort(new Error('gone')));
  await expect(work).rejects.toThrow('gone');
});
