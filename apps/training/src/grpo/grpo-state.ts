import { describe, isObject, SrvauError } from '@srvau/contracts';
import type { GuardState } from '../guards/guards';
import type { ScoreVersions } from './scoring/reward-client';

/** What a checkpoint holds of this objective, as JSON. */
export interface GrpoState {
  /** Batches of prompts drawn so far. */
  readonly batches: number;
  readonly guards: GuardState;
  /** Of the plugins that have scored this run. */
  readonly scoreVersions: ScoreVersions;
}

/** @throws SrvauError UNPROCESSABLE for what is no such state */
export function readGrpoState(recorded: Readonly<Record<string, unknown>>): GrpoState {
  const { batches, guards, scoreVersions } = recorded;
  if (!Number.isSafeInteger(batches)) throw wrong('batches', 'a whole number', batches);
  if (!isObject(guards)) throw wrong('guards', 'an object', guards);
  if (!isObject(scoreVersions)) throw wrong('scoreVersions', 'an object', scoreVersions);
  return {
    batches: batches as number,
    guards: guards as GuardState,
    scoreVersions: scoreVersions as Record<string, number>,
  };
}

function wrong(field: string, expected: string, received: unknown): SrvauError {
  const where = `state of the checkpoint: objective.${field}`;
  return SrvauError.mismatch('UNPROCESSABLE', where, expected, describe(received));
}
