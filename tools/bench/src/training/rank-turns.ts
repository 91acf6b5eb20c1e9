import { join } from 'node:path';
import type { BenchReport } from '../report';
import { median } from '../statistics';
import type { MeasureOptions } from './measure';
import { runOfService, type ServiceRun } from './run-of-service';
import { requireSameTokens } from './same-tokens';
import type { Services } from './services';
import { type RanksSize, SEED, type Side, THREADS } from './setup';
import { Turns } from './turns';
import type { World } from './world';

const AT_LEAST = 1;
const SIDES = {
  one: { who: `one rank of ${THREADS} threads`, ranks: 1, threads: THREADS },
  several: { who: `${THREADS} ranks of one thread`, ranks: THREADS, threads: 1 },
} satisfies Record<Side, object>;

/** Seconds of the same steps by either side. */
export type RankPair = Readonly<Record<Side, Pick<ServiceRun, 'steps'>>>;

/** Runs by one rank and by several, in turns. Every pair has a seed of its own: lengths, and how they fall, differ. */
export async function measureRanks(
  { connection }: Services,
  world: World,
  size: RanksSize,
  { dir, ...how }: MeasureOptions,
): Promise<RankPair[]> {
  const turns = new Turns('ranks', 2 * size.pairs.length, how);
  const pairs: RankPair[] = [];
  for (const [n, sides] of size.pairs.entries()) {
    const run = async (side: Side): Promise<ServiceRun> => {
      const { who, ranks, threads } = SIDES[side];
      turns.begin(who);
      const settings = { dir: join(dir, `${side}-${n}`), ranks, threads, seed: SEED + n, signal: turns.signal };
      return runOfService(connection, world, size, settings);
    };
    const [first, second] = [await run(sides[0]), await run(sides[1])];
    requireSameTokens([first.tokens, second.tokens]);
    pairs.push(sides[0] === 'one' ? { one: first, several: second } : { one: second, several: first });
  }
  return pairs;
}

/** Medians over all steps; the ratio is taken step by step before, so that no noisy second decides. */
export function reportOfRanks(pairs: readonly RankPair[], { prompts, groupSize, steps }: RanksSize): BenchReport {
  const secondsOf = (side: Side): number[] => pairs.flatMap((pair) => pair[side].steps);
  const [one, several] = [secondsOf('one'), secondsOf('several')];
  const ratios = one.map((seconds, step) => seconds / (several[step] ?? NaN));
  const ratio = median(ratios);
  const sum = (seconds: readonly number[]): number => seconds.reduce((total, value) => total + value, 0);
  const row = {
    name: `${SIDES.several.who}, ${SIDES.one.who}`,
    ...{ value: 1000 * median(several), peer: 1000 * median(one), unit: 'ms', ratio },
    ...{ target: `≥ ${AT_LEAST}`, ok: ratio >= AT_LEAST },
  };
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map((value) => value.toFixed(3));
  return {
    name: 'training by ranks',
    rows: [row],
    notes: [
      `${prompts} prompts × ${groupSize} samples a step; medians over the steps 2 to ${steps} of ${pairs.length} pairs of runs`,
      `the ratio from ${least} to ${most} by step; of all steps together ${(sum(one) / sum(several)).toFixed(3)}`,
    ],
  };
}
