import { median } from '../../statistics';
import { type Run } from '../answer';

/** Runs work `warmup` times, then `repeats` times for the record. @returns seconds of each part of each recorded run */
export async function timed<Part extends string>(
  work: (run: number) => Promise<Record<Part, number>>,
  { warmup, repeats }: { warmup: number; repeats: number },
): Promise<Record<Part, number>[]> {
  const recorded = [];
  for (let run = 0; run < warmup + repeats; run += 1) {
    const seconds = await work(run);
    if (run >= warmup) recorded.push(seconds);
  }
  return recorded;
}

/** Seconds between its calls. */
export function stopwatch(): () => number {
  let last = performance.now();
  return () => {
    const now = performance.now();
    const seconds = (now - last) / 1000;
    last = now;
    return seconds;
  };
}

export function summary(all: readonly number[]): Run['seconds'] {
  return { median: median(all), all };
}
