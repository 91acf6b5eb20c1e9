import { personAt } from '../pose/person-at';
import { createJoints, JOINT } from '../pose/skeleton';
import { rgb, type Raster, type Rgb, shade } from '../raster/raster';
import { capsule } from '../raster/shapes';
import { NEAR_M, type Projector } from '../script/camera';
import type { PersonActor, Prop } from '../script/scene-script';
import { placePerson } from './person';
import { drawCuboid, quad } from './solid';

export interface PropState {
  x: number;
  y: number;
  z: number;
  turn: number;
  held: boolean;
}

const STEEL = rgb(150, 154, 160);
const joints = createJoints();

/** @returns null while the thing is not there */
export function propAt(prop: Prop, sec: number, people: ReadonlyMap<string, PersonActor>): PropState | null {
  if (sec < (prop.fromSec ?? -Infinity)) return null;
  let key = prop.keys[0];
  let next: Prop['keys'][number] | undefined;
  for (const each of prop.keys) {
    if (each.sec <= sec) key = each;
    else {
      next = each;
      break;
    }
  }
  if (key === undefined) throw new RangeError(`prop ${prop.id}: expected at least one key`);
  const holder = key.heldBy === undefined ? undefined : people.get(key.heldBy);
  if (holder !== undefined) {
    const state = personAt(holder, sec);
    if (state === null) return null;
    placePerson(joints, state, holder.look);
    const hand = (axis: 0 | 1 | 2): number => {
      const right = joints[JOINT.handR * 3 + axis] as number;
      const left = joints[JOINT.handL * 3 + axis] as number;
      // Boxes rest on both hands, a bag hangs from one.
      return prop.type === 'box' ? (left + right) / 2 : right;
    };
    const hang = prop.type === 'bag' ? 0.34 : prop.type === 'box' ? 0.15 : prop.type === 'poster' ? 0.2 : 0.1;
    return { x: hand(0), y: Math.max(0, hand(1) - hang), z: hand(2), turn: state.heading, held: true };
  }
  const share = next === undefined || next.heldBy !== undefined ? 0 : (sec - key.sec) / (next.sec - key.sec);
  const at = (axis: 0 | 1 | 2): number => key.at[axis] + ((next?.at[axis] ?? 0) - key.at[axis]) * share;
  const turn = (key.turn ?? 0) + ((next?.turn ?? 0) - (key.turn ?? 0)) * share;
  const still = share === 0;
  return still
    ? { x: key.at[0], y: key.at[1], z: key.at[2], turn: key.turn ?? 0, held: false }
    : { x: at(0), y: at(1), z: at(2), turn, held: false };
}

export function drawProp(
  raster: Raster,
  projector: Projector,
  prop: Prop,
  state: PropState,
  tint: (color: Rgb) => Rgb,
): void {
  const { x, y, z, turn } = state;
  projector.project(x, y, z);
  if (projector.depth < NEAR_M) return;
  const color = tint(prop.color);
  const steel = tint(STEEL);
  const at = { x, y, z, yaw: turn };
  const post = (px: number, pz: number, height: number, width: number, paint: Rgb): void =>
    drawCuboid(raster, projector, { x: px, y: 0, z: pz, yaw: 0, length: width, width, height }, paint);
  switch (prop.type) {
    case 'bag':
      drawCuboid(raster, projector, { ...at, length: 0.42, width: 0.24, height: 0.36, taper: 0.15 }, color);
      break;
    case 'box':
      drawCuboid(raster, projector, { ...at, length: 0.42, width: 0.5, height: 0.4 }, color);
      break;
    case 'parcel':
      drawCuboid(raster, projector, { ...at, length: 0.36, width: 0.42, height: 0.3 }, color);
      break;
    case 'grill':
      post(x - 0.28, z, 0.6, 0.06, steel);
      post(x + 0.28, z, 0.6, 0.06, steel);
      drawCuboid(raster, projector, { ...at, y: 0.55, length: 0.5, width: 0.75, height: 0.22 }, color);
      break;
    case 'barrier':
      drawFence(raster, projector, x - 2.6, x - 0.5, z, color, steel);
      drawFence(raster, projector, x + 0.5, x + 2.6, z, color, steel);
      break;
    case 'gate': {
      // Hinged on its left end, opens away from the camera.
      const [hinge, length] = [x - 0.5, 1];
      const [endX, endZ] = [hinge + length * Math.cos(turn), z + length * Math.sin(turn)];
      for (const height of [0.35, 0.7, 1.0]) {
        quad(
          raster,
          projector,
          [
            [hinge, height - 0.07, z],
            [endX, height - 0.07, endZ],
            [endX, height + 0.07, endZ],
            [hinge, height + 0.07, z],
          ],
          color,
        );
      }
      break;
    }
    case 'kiosk':
      drawCuboid(raster, projector, { x, y: 0, z, yaw: 0, length: 0.6, width: 1.4, height: 2 }, color);
      quad(
        raster,
        projector,
        [
          [x - 0.55, 0.75, z - 0.31],
          [x + 0.55, 0.75, z - 0.31],
          [x + 0.55, 1.8, z - 0.31],
          [x - 0.55, 1.8, z - 0.31],
        ],
        tint(rgb(170, 196, 208)),
      );
      break;
    case 'tool': {
      // Along the forearm and beyond.
      projector.project(x, y + 0.1, z);
      const [hx, hy] = [projector.x, projector.y];
      projector.project(x + 0.5 * Math.sin(turn), y + 0.45, z + 0.5 * Math.cos(turn));
      capsule(raster, hx, hy, projector.x, projector.y, Math.max(0.5, 0.035 * projector.scale), color);
      break;
    }
    case 'poster':
      quad(
        raster,
        projector,
        [
          [x - 0.4, y, z],
          [x + 0.4, y, z],
          [x + 0.4, y + 0.75, z],
          [x - 0.4, y + 0.75, z],
        ],
        color,
      );
      break;
  }
}

/** Rails in two colours by turns between two posts. */
function drawFence(
  raster: Raster,
  projector: Projector,
  x0: number,
  x1: number,
  z: number,
  color: Rgb,
  steel: Rgb,
): void {
  for (const x of [x0, x1])
    drawCuboid(raster, projector, { x, y: 0, z, yaw: 0, length: 0.1, width: 0.1, height: 1.1 }, steel);
  const parts = 6;
  for (const height of [0.45, 0.95]) {
    for (let i = 0; i < parts; i += 1) {
      const [a, b] = [x0 + ((x1 - x0) * i) / parts, x0 + ((x1 - x0) * (i + 1)) / parts];
      quad(
        raster,
        projector,
        [
          [a, height - 0.11, z],
          [b, height - 0.11, z],
          [b, height + 0.11, z],
          [a, height + 0.11, z],
        ],
        i % 2 === 0 ? color : shade(color, 2.2),
      );
    }
  }
}
