import type { GrpoWarning } from '@srvau/contracts';
import type { Observation } from './observation';

/** State of a detector between two steps: plain JSON. */
export type DetectorState = Readonly<Record<string, number | null | readonly number[]>>;

export interface Verdict {
  readonly state: DetectorState;
  /** Why a warning is due; null where all is well. */
  readonly alarm: string | null;
}

/** Looks for one thing that goes wrong. Pure: the same state and observation give the same verdict. */
export interface Detector {
  readonly warning: GrpoWarning;
  /** Tells detectors of one warning apart: the name of a component; otherwise the warning. */
  readonly key: string;
  /** @param state what the step before left; undefined in the first one */
  look(seen: Observation, state: DetectorState | undefined): Verdict;
}

/** Steps in a row, this one included, in which something was so. */
export function streak(state: DetectorState | undefined, holds: boolean): number {
  const before = state?.['steps'];
  return holds ? (typeof before === 'number' ? before : 0) + 1 : 0;
}
