import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { RolloutRow } from '@srvau/contracts';
import type { ScoreOutcome } from '@srvau/reward-sdk';
import { BATCH } from './in-process';

const SCRIPT = join(__dirname, '../../peers/trl_rewards.py');
const TIMEOUT_MS = 120_000;
const TOLERANCE = 1e-9;

export interface PeerAnswer {
  /** The Python that ran. */
  peer: string;
  /** Of each round over all rollouts. */
  seconds: number[];
  /** By plugin id; null where it abstained. */
  scores: Record<string, (number | null)[]>;
}

/** @throws Error where there is no Python */
export async function runPython(dir: string, rollouts: readonly RolloutRow[], rounds: number): Promise<PeerAnswer> {
  const request = join(dir, 'rollouts.json');
  await writeFile(request, JSON.stringify({ rollouts, batch: BATCH, rounds }));
  const python = process.env['SRVAU_PEER_PYTHON'] || 'python3';
  const options = { timeout: TIMEOUT_MS, maxBuffer: 2 ** 28 };
  const { stdout } = await promisify(execFile)(python, [SCRIPT, '--request', request], options);
  return JSON.parse(stdout) as PeerAnswer;
}

/** A ratio of two programs that do not compute the same would say nothing. @throws Error naming the first difference */
export function requireSame(ours: ReadonlyMap<string, readonly ScoreOutcome[]>, { scores }: PeerAnswer): void {
  for (const [id, outcomes] of ours) {
    for (const [row, outcome] of outcomes.entries()) {
      const value = outcome.kind === 'scored' ? outcome.value : null;
      const theirs = scores[id]?.[row] ?? null;
      const same = value === null || theirs === null ? value === theirs : Math.abs(value - theirs) <= TOLERANCE;
      if (!same) throw new Error(`${id}, rollout ${row}: ours ${JSON.stringify(outcome)}, Python ${theirs}`);
    }
  }
}
