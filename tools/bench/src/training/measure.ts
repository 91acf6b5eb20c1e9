import { join } from 'node:path';
import { Measured } from '../native/answer';
import { type DirectAnswer, runDirect, tokensOf } from './direct-request';
import { runOfService, type ServiceRun } from './run-of-service';
import { requireSameTokens } from './same-tokens';
import type { Services } from './services';
import { type ServiceSize, THREADS } from './setup';
import { runTrl } from './trl';
import { Turns, type TurnsOptions } from './turns';
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

export interface MeasureOptions extends TurnsOptions {
  /** For files, below what the services may touch. */
  readonly dir: string;
}

/** Every side in turn, so that what else the machine does meets all of them. */
export async function measure(
  services: Services,
  world: World,
  size: ServiceSize,
  { dir, python, ...how }: MeasureOptions & { readonly python: string | undefined },
): Promise<Rounds> {
  const { connection } = services;
  const service: ServiceRun[] = [];
  const direct: DirectAnswer[] = [];
  const ranks: ServiceRun[] = [];
  const trl = [];
  const turns = new Turns('training', size.rounds * (python === undefined ? 3 : 4), how);
  for (let round = 1; round <= size.rounds; round += 1) {
    const { signal } = turns;
    turns.begin('one rank of the service');
    const one = { dir: join(dir, `run-${round}`), ranks: 1, threads: THREADS, signal };
    service.push(await runOfService(connection, world, size, one));
    turns.begin('native calls alone');
    const { steps, groupSize } = size;
    const answer = await runDirect(dir, { world, steps, groupSize, threads: THREADS }, signal);
    direct.push(answer);
    turns.begin('two ranks of the service');
    const several = { dir: join(dir, `run-of-ranks-${round}`), ranks: THREADS, threads: 1, signal };
    ranks.push(await runOfService(connection, world, size, several));
    requireSameTokens([answer.steps.map(tokensOf), ...[...service, ...ranks].map(({ tokens }) => tokens)]);
    if (python === undefined) continue;
    turns.begin('TRL');
    trl.push(await runTrl(python, dir, world, answer, signal));
  }
  return { service, direct, ranks, trl: trl.length === 0 ? undefined : new Measured(trl) };
}
