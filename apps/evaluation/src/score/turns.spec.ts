import { Turns } from './turns';

/** Keeps the thread busy. */
function work(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end;);
}

it('takes requests in their order, and lets others in after each that takes long', async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const request = async (name: string, ms: number): Promise<void> => {
    await turns.run(() => {
      work(ms);
      seen.push(name);
    });
  };
  work(10);
  const all = Promise.all([request('a', 10), request('b', 10), request('c', 0), request('d', 0)]);
  const others = (): void => {
    seen.push('|');
    if (seen.filter((each) => each !== '|').length < 4) setImmediate(others);
  };
  setImmediate(others);
  await all;
  expect(seen.filter((each) => each !== '|')).toEqual(['a', 'b', 'c', 'd']);
  expect(seen.join('')).toMatch(/a\|+b\|+c/);
});

it('does many short ones in one round of the event loop', async () => {
  const turns = new Turns();
  let rounds = 0;
  let isOver = false;
  const count = (): void => {
    rounds += 1;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await Promise.all(Array.from({ length: 1_000 }, () => turns.run(() => undefined)));
  isOver = true;
  expect(rounds).toBeLessThan(500);
});

it('hands on what each throws, and goes on', async () => {
  const turns = new Turns();
  const failed = turns.run(() => {
    throw new Error('no scores');
  });
  const done = turns.run(() => 'scores');
  await expect(failed).rejects.toThrow('no scores');
  await expect(done).resolves.toBe('scores');
});
