import { setImmediate } from 'node:timers/promises';
import { concurrently } from './concurrently';

const never = new AbortController().signal;

describe('concurrently', () => {
  it('works on every item once, and on no more at a time than it may', async () => {
    const done: number[] = [];
    let running = 0;
    let most = 0;
    await concurrently(Array(50).keys(), 4, never, async (item) => {
      running += 1;
      most = Math.max(most, running);
      await setImmediate();
      running -= 1;
      done.push(item);
    });
    expect(done.sort((a, b) => a - b)).toEqual([...Array(50).keys()]);
    expect(most).toBe(4);
  });

  it('stops the others when one fails, awaits them, and throws the first failure', async () => {
    const started: number[] = [];
    let ended = 0;
    const run = concurrently(Array(50).keys(), 3, never, async (item, signal) => {
      started.push(item);
      await setImmediate();
      if (item === 1) throw new Error('first');
      while (!signal.aborted) await setImmediate();
      ended += 1;
      throw new Error('echo');
    });
    await expect(run).rejects.toThrow('first');
    expect(started).toEqual([0, 1, 2]);
    expect(ended).toBe(2);
  });

  it('stops with the reason of the caller', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    let seen = 0;
    const run = concurrently(Array(50).keys(), 2, controller.signal, async () => {
      seen += 1;
      await setImmediate();
      if (seen === 4) controller.abort(reason);
    });
    await expect(run).rejects.toBe(reason);
    expect(seen).toBeLessThan(8);
  });
});
