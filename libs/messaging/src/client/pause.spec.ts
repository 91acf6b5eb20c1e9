import { SrvauError } from '@srvau/contracts';
import { pauseMs } from './pause';

const busy = (retryAfterMs?: number): SrvauError => new SrvauError('BUSY', 'full', { retryAfterMs });
const times = (work: () => number): number[] => Array.from({ length: 200 }, work);

describe('pauseMs', () => {
  it('is never shorter than what the service asks for, and spread', () => {
    const pauses = times(() => pauseMs(busy(1_000), 0));
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(1_000);
    expect(Math.max(...pauses)).toBeLessThanOrEqual(1_250);
    expect(new Set(pauses).size).toBeGreaterThan(1);
    expect(pauseMs(busy(0), 5)).toBe(0);
  });

  it.each([
    [0, 100],
    [1, 200],
    [4, 1_600],
    [5, 2_000],
    [2_000, 2_000],
  ])('without that is up to twice as long each time: after %d tries %d ms at most', (count, most) => {
    for (const pause of times(() => pauseMs(busy(), count))) {
      expect(pause).toBeGreaterThanOrEqual(most / 2);
      expect(pause).toBeLessThanOrEqual(most);
    }
  });
});
