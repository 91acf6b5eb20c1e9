import type { Camera, SceneType } from '../script/scene-script';

/** The part of the ground that a camera sees, as depths in metres. */
export interface Ground {
  /** Rows in which events take place. */
  near: number;
  far: number;
  /** Where somebody who walks towards, or away from, the camera goes. */
  exitNear: number;
  exitFar: number;
  /** Rows in which others walk. */
  rows: readonly number[];
}

/** Drawn scenes have walls and lanes at fixed depths. */
const DRAWN: Ground = { near: 6.5, far: 9.2, exitNear: 1.1, exitFar: 13.2, rows: [5.7, 6.9, 8.2, 9.6, 11, 12.4] };

/** Rows of a level camera's picture where feet stand, as shares of what lies between the horizon and the lower edge. */
const FEET = { near: 0.84, far: 0.58, exitFar: 0.4, rows: [0.94, 0.8, 0.68, 0.56, 0.48, 0.42] } as const;
const PERSON_M = 1.7;

export function groundOf(scene: SceneType, camera: Camera): Ground {
  if (scene !== 'footage') return DRAWN;
  const below = 1 - camera.centerY;
  const depthOf = (share: number): number => (camera.heightM * camera.focal) / (below * share);
  return {
    near: depthOf(FEET.near),
    far: depthOf(FEET.far),
    // Where even the head is below the picture.
    exitNear: (0.9 * (camera.heightM - PERSON_M - 0.1) * camera.focal) / below,
    exitFar: depthOf(FEET.exitFar),
    rows: FEET.rows.map(depthOf),
  };
}
