import { setImmediate as nextTurn } from 'node:timers/promises';
import { Admission } from './admission';

/** Work that ends when it is told to. */
function held(): { work: () => Promise<string>; end: () => void; begun: () => boolean } {
  let end = (): void => undefined;
  const ended = new Promise<void>((done) => (end = done));
  let begun = false;
  const work = async (): Promise<string> => {
    begun = true;
    await ended;
    return 'done';
  };
  return { work, end: () => end(), begun: () => begun };
}

it('refuses what would go beyond the bound, at once, and takes more when there is room again', async () => {
  const admission = new Admission(10);
  const first = held();
  const running = admission.run(8, first.work);
  await expect(admission.run(3, first.work)).rejects.toMatchObject({ code: 'BUSY', retryable: true });
  const small = admission.run(2, () => Promise.resolve('small'));
  expect(admission.pending).toBe(10);
  expect(await small).toBe('small');
  first.end();
  expect(await running).toBe('done');
  expect(admission.pending).toBe(0);
  expect(await admission.run(10, () => Promise.resolve('again'))).toBe('again');
});

it('serves a request larger than the bound when nothing else is served', async () => {
  const admission = new Admission(10);
  const large = held();
  const running = admission.run(1_000, large.work);
  await expect(admission.run(0, () => Promise.resolve())).rejects.toMatchObject({ code: 'BUSY' });
  large.end();
  expect(await running).toBe('done');
});

it('gives each request a turn of the event loop of its own, in their order', async () => {
  const admission = new Admission(10);
  const begun: number[] = [];
  const all = [0, 1, 2].map((i) => admission.run(1, async () => void begun.push(i)));
  expect(begun).toEqual([]);
  for (const expected of [[0], [0, 1], [0, 1, 2]]) {
    await nextTurn();
    await Promise.resolve();
    expect(begun.length).toBeLessThanOrEqual(expected.length);
  }
  await Promise.all(all);
  expect(begun).toEqual([0, 1, 2]);
});

it('frees its place when the work fails', async () => {
  const admission = new Admission(1);
  await expect(admission.run(1, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(admission.pending).toBe(0);
});

it('is idle when nothing is left', async () => {
  const admission = new Admission(10);
  await admission.idle();
  const work = held();
  const running = admission.run(1, work.work);
  let idle = false;
  const waiting = admission.idle().then(() => (idle = true));
  await nextTurn();
  expect(idle).toBe(false);
  work.end();
  await Promise.all([running, waiting]);
  expect(idle).toBe(true);
});
