import type { Rollout } from '../rollout';
import type { ScoreOutcome } from '../score';
import type { GoldenScore } from './golden';
import { Mismatch } from './mismatch';

/** Golden values and sums over a group in another order differ in the last digits; nothing else may. */
export const TOLERANCE = 1e-9;

/**
 * Holds scores against golden ones, which may leave parts and reasons open.
 * @throws Mismatch for the first row that differs
 */
export function expectGolden(
  rollouts: readonly Rollout[],
  golden: readonly GoldenScore[],
  received: readonly ScoreOutcome[],
): void {
  for (const [row, { id }] of rollouts.entries()) {
    const [want, got] = [golden[row], received[row]];
    if (want === undefined || got === undefined || !agrees(want, got)) throw differs(row, id, want, got);
  }
}

/**
 * Holds scores against earlier ones of the same rollouts.
 * @throws Mismatch for the first row that differs
 */
export function expectSame(
  rollouts: readonly Rollout[],
  earlier: readonly ScoreOutcome[],
  received: readonly ScoreOutcome[],
): void {
  for (const [row, { id }] of rollouts.entries()) {
    const [want, got] = [earlier[row], received[row]];
    if (want === undefined || got === undefined || !agrees(want, got) || !agrees(got, want)) {
      throw differs(row, id, want, got);
    }
  }
}

function differs(row: number, id: string, want: unknown, got: unknown): Mismatch {
  return new Mismatch(JSON.stringify(want), JSON.stringify(got), `row ${row} (${id})`);
}

/** Whether `received` has what `expected` names. */
function agrees(expected: GoldenScore | ScoreOutcome, received: ScoreOutcome): boolean {
  if (expected.kind === 'failed') return received.kind === 'failed' && expected.error === received.error;
  if (expected.kind === 'abstained') {
    return received.kind === 'abstained' && (expected.because ?? received.because) === received.because;
  }
  if (received.kind !== 'scored' || !isClose(expected.value, received.value)) return false;
  const parts = new Map(Object.entries(received.parts ?? {}));
  return Object.entries(expected.parts ?? {}).every(([name, value]) => isClose(value, parts.get(name)));
}

function isClose(expected: number, received: number | undefined): boolean {
  return received !== undefined && Math.abs(expected - received) <= TOLERANCE;
}
