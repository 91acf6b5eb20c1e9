import { Bell } from './bell';

const HOUR_MS = 3_600_000;

describe('Bell', () => {
  it('ends a wait, and the next one if it rang in between', async () => {
    const bell = new Bell();
    const wait = bell.within(HOUR_MS, 'wait', undefined);
    bell.ring();
    await wait;
    bell.ring();
    await bell.within(HOUR_MS, 'wait', undefined);
    // Each ring counts once: this one ends by its time.
    await bell.within(10, 'wait', undefined);
    await bell.within(0, 'wait', undefined);
  });

  it('is cancelled before and during a wait, and leaves no listener behind', async () => {
    const bell = new Bell();
    const cancelled = { code: 'CANCELLED', message: 'wait: the call was cancelled' };
    await expect(bell.within(HOUR_MS, 'wait', AbortSignal.abort())).rejects.toMatchObject(cancelled);
    const controller = new AbortController();
    const wait = bell.within(HOUR_MS, 'wait', controller.signal);
    controller.abort();
    await expect(wait).rejects.toMatchObject(cancelled);
    bell.ring();
    await bell.within(HOUR_MS, 'wait', undefined);
  });
});
