import type { RunEvent } from '@srvau/contracts';

/** One line of `timings.jsonl`: when the step was done, and its seconds by phase. */
export interface TimingsLine {
  readonly step: number;
  readonly at: string;
  readonly [phase: string]: number | string;
}

/** Wall-clock seconds of a run. */
export interface RunTimes {
  /** Of whole steps, from the second on: from the end of one to the end of the next, checkpoints left out. */
  readonly steps: readonly number[];
  /** Of the same steps, by phase. */
  readonly phases: Readonly<Record<string, readonly number[]>>;
  /** By which checkpoints held steps up, what had to be written before included; that of the end counts too. */
  readonly saves: readonly number[];
}

/** @param events of the run, `checkpoint` among them: each says when its checkpoint was complete */
export function timesOf(timings: readonly TimingsLine[], events: readonly RunEvent[]): RunTimes {
  const saved = new Map(
    events.filter(({ kind }) => kind === 'checkpoint').map(({ step, at }) => [step, Date.parse(at)]),
  );
  const saves: number[] = [];
  const steps: number[] = [];
  let begun: number | undefined;
  for (const { step, at } of timings) {
    const done = Date.parse(at);
    if (begun !== undefined) steps.push((done - begun) / 1000);
    const complete = saved.get(step);
    if (complete !== undefined) saves.push((complete - done) / 1000);
    begun = complete ?? done;
  }
  return { steps, phases: phasesOf(timings.slice(1)), saves };
}

function phasesOf(timings: readonly TimingsLine[]): Record<string, number[]> {
  const phases: Record<string, number[]> = {};
  for (const line of timings) {
    for (const [name, value] of Object.entries(line)) {
      if (name !== 'step' && typeof value === 'number') (phases[name] ??= []).push(value);
    }
  }
  return phases;
}

/**
 * Mean over the steps of the fastest round of each: what else the machine does in one of the rounds does not count, while
 * what the program itself does in some steps only, such as files of samples, does.
 *
 * @param rounds the same steps in each
 */
export function meanOfBest(rounds: readonly (readonly number[])[]): number {
  const count = Math.min(...rounds.map(({ length }) => length));
  const best = Array.from({ length: count }, (_, step) => Math.min(...rounds.map((round) => round[step] ?? Infinity)));
  return best.reduce((sum, seconds) => sum + seconds, 0) / count;
}
