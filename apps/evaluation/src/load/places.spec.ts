import { Places } from './places';

it('refuses what is beyond the bound, and takes more when something has ended, well or not', async () => {
  const readings = new Places({ most: 2, full: (underWay) => `${underWay} are being read` });
  const ends: ((error?: Error) => void)[] = [];
  const work = (): Promise<string> =>
    new Promise((done, fail) => ends.push((error) => (error === undefined ? done('read') : fail(error))));
  const [first, second] = [readings.run(work), readings.run(work)];
  await expect(readings.run(work)).rejects.toMatchObject({ code: 'BUSY', retryable: true, retryAfterMs: 100 });
  ends[0]?.();
  expect(await first).toBe('read');
  const third = readings.run(work);
  ends[1]?.(new Error('broken'));
  await expect(second).rejects.toThrow('broken');
  const fourth = readings.run(work);
  for (const end of ends.slice(2)) end();
  expect(await Promise.all([third, fourth])).toEqual(['read', 'read']);
});
