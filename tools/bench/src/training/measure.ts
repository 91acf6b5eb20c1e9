import { join } from 'node:path';
import { Measured } from '../native/answer';
import { type DirectAnswer, runDirect, tokensOf } from './direct-request';
import { runOfService, type ServiceRun } from './run-of-service';
import type { Services } from './services';
import { THREADS, type TrainingBenchSize } from './setup';
import { runTrl } from './trl';
import type { World } from './world';

/** All rounds of all sides. */
export interface Rounds {
  /** One rank with all threads. */
  readonly service: readonly ServiceRun[];
  readonly direct: readonly DirectAnswer[];
  /** As many ranks as there were threads, one each. */
  readonly ranks: readonly ServiceRun[];
  /** Absent where there is no Python for it. */
  readonly trl: Measured | undefined;
}

export interface MeasureOptions {
  /** For files, below what the services may touch. */
  readonly dir: string;
  readonly python: string | undefined;
  readonly tell: (line: string) => void;
  readonly signal: AbortSignal;
}

/** Every side in turn, so that what else the machine does meets all of them. */
export async function measure(
  services: Services,
  world: World,
  size: TrainingBenchSize,
  { dir, python, tell, signal: interrupted }: MeasureOptions,
): Promise<Rounds> {
  const { connection } = services;
  const signal = AbortSignal.any([interrupted, services.signal]);
  const service: ServiceRun[] = [];
  const direct: DirectAnswer[] = [];
  const ranks: ServiceRun[] = [];
  const trl = [];
  for (let round = 1; round <= size.rounds; round += 1) {
    const turn = (who: string): void => {
      signal.throwIfAborted();
      tell(`training: ${who}, round ${round} of ${size.rounds}`);
    };
    turn('the service');
    const one = { dir: join(dir, `run-${round}`), ranks: 1, threads: THREADS, signal };
    service.push(await runOfService(connection, world, size, one));
    turn('native calls alone');
    direct.push(await runDirect(dir, { world, steps: size.steps, threads: THREADS }, signal));
    turn('two ranks');
    const several = { dir: join(dir, `run-of-ranks-${round}`), ranks: THREADS, threads: 1, signal };
    ranks.push(await runOfService(connection, world, size, several));
    requireSameWork(direct.at(-1) as DirectAnswer, service.at(-1), ranks.at(-1));
    if (python === undefined) continue;
    turn('TRL');
    trl.push(await runTrl(python, dir, world, direct.at(-1) as DirectAnswer, signal));
  }
  return { service, direct, ranks, trl: trl.length === 0 ? undefined : new Measured(trl) };
}

/**
 * A comparison of times is worth nothing where the sides do not do the same. That the same tokens were drawn shows that
 * prompts, weights and seeds were the same.
 */
function requireSameWork({ steps }: DirectAnswer, ...runs: readonly (ServiceRun | undefined)[]): void {
  const expected = steps.map(tokensOf).join(' ');
  for (const run of runs) {
    const tokens = run?.tokens.join(' ') ?? 'none';
    if (tokens !== expected)
      throw new Error(`expected a run to draw ${expected} tokens in its steps, received ${tokens}`);
  }
}
