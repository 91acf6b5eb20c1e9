import { readRollouts } from '@srvau/contracts';
import { toRollouts } from '@srvau/reward-sdk';
import { makeRollouts } from './workload';

const rows = makeRollouts(600);

it('is the same each time, and other rollouts under another seed', () => {
  expect(makeRollouts(600)).toEqual(rows);
  expect(makeRollouts(600, 2)[0]?.completion).not.toBe(rows[0]?.completion);
});

it('has rollouts as the service takes them, about as long as was said', () => {
  expect(readRollouts(JSON.parse(JSON.stringify(rows)), 'rollouts')).toHaveLength(600);
  const words = rows.map(({ completion }) => completion.split(/\s+/).length);
  const mean = words.reduce((sum, count) => sum + count) / words.length;
  expect(mean * 1.33).toBeGreaterThan(270);
  expect(mean * 1.33).toBeLessThan(330);
});

it('has both tasks, answers right and wrong, in the format and out of it', () => {
  const rollouts = toRollouts(rows);
  const share = (count: number): number => count / rollouts.length;
  const inFormat = share(rollouts.filter(({ transcript }) => transcript.wellFormed).length);
  expect(inFormat).toBeGreaterThan(0.75);
  expect(inFormat).toBeLessThan(0.9);
  expect(share(rollouts.filter(({ task }) => task === 'qa').length)).toBeCloseTo(0.5, 1);
  const right = rollouts.filter(({ truth, transcript }) => transcript.finalAnswer?.option === truth.label);
  expect(share(right.length)).toBeGreaterThan(0.1);
});
