import { createJoints, JOINT, JOINT_COUNT, type JointName, type Joints, placeJoints } from '../pose/skeleton';
import type { PersonState } from '../pose/person-at';
import { capsule, disc, ellipse } from '../raster/shapes';
import { type Raster, type Rgb, rgb, shade } from '../raster/raster';
import { NEAR_M, type Projector } from '../script/camera';
import type { Light, PersonLook } from '../script/scene-script';
import { CLOTHING, HAIRS, SKINS, TROUSERS } from './palette';

/** Radii of limbs as shares of a person's height. */
const RADIUS = {
  thigh: 0.047,
  shin: 0.037,
  arm: 0.032,
  forearm: 0.028,
  chest: 0.078,
  pelvis: 0.062,
  head: 0.072,
  foot: 0.032,
};
const SHOES = rgb(30, 28, 30);

const screen = new Float64Array(JOINT_COUNT * 2);
const joints: Joints = createJoints();

/** Puts a person's joints into `joints`, in the world, and says where a hand is. */
export function placePerson(into: Joints, state: PersonState, look: PersonLook): void {
  placeJoints(into, state.pose, look, state.x, state.z, state.heading);
}

export function drawPersonShadow(
  raster: Raster,
  projector: Projector,
  state: PersonState,
  look: PersonLook,
  light: Light,
): void {
  placePerson(joints, state, look);
  // Under the middle of the body, longer where somebody lies.
  let [x0, x1, z0, z1] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const joint of [JOINT.head, JOINT.pelvis, JOINT.footL, JOINT.footR]) {
    x0 = Math.min(x0, joints[joint * 3] as number);
    x1 = Math.max(x1, joints[joint * 3] as number);
    z0 = Math.min(z0, joints[joint * 3 + 2] as number);
    z1 = Math.max(z1, joints[joint * 3 + 2] as number);
  }
  projector.project((x0 + x1) / 2, 0, (z0 + z1) / 2);
  if (projector.depth < NEAR_M) return;
  const { x, y, scale } = projector;
  ellipse(raster, x, y, (0.28 + (x1 - x0) / 2) * scale, (0.1 + (z1 - z0) / 4) * scale, 0, light.shadow, 0.6);
}

/**
 * Draws limbs, torso and head from the side turned away from the camera to the side turned to it.
 * @param tint applied to each colour: the scene's light
 */
export function drawPerson(
  raster: Raster,
  projector: Projector,
  state: PersonState,
  look: PersonLook,
  tint: (color: Rgb) => Rgb,
): void {
  placePerson(joints, state, look);
  let depth = 0;
  for (let i = 0; i < JOINT_COUNT; i += 1) {
    projector.project(joints[i * 3] as number, joints[i * 3 + 1] as number, joints[i * 3 + 2] as number);
    if (projector.depth < NEAR_M) return;
    screen[2 * i] = projector.x;
    screen[2 * i + 1] = projector.y;
    if (i === JOINT.chest) depth = projector.scale;
  }
  const size = look.heightM * depth * look.build;
  const top = tint(CLOTHING[look.top]);
  const trousers = tint(TROUSERS[look.trousers]);
  const skin = tint(SKINS[look.skin] ?? (SKINS[0] as Rgb));
  const hair = tint(HAIRS[look.hair] ?? (HAIRS[0] as Rgb));
  const shoes = tint(SHOES);

  const line = (from: JointName, to: JointName, radius: number, color: Rgb): void => {
    const [a, b] = [JOINT[from] * 2, JOINT[to] * 2];
    capsule(
      raster,
      screen[a] as number,
      screen[a + 1] as number,
      screen[b] as number,
      screen[b + 1] as number,
      radius * size,
      color,
    );
  };
  const legOf = (side: 'L' | 'R', far: boolean): void => {
    const color = far ? shade(trousers, 0.72) : trousers;
    line(`hip${side}`, `knee${side}`, RADIUS.thigh, color);
    line(`knee${side}`, `foot${side}`, RADIUS.shin, color);
    const foot = JOINT[`foot${side}`] * 2;
    disc(raster, screen[foot] as number, screen[foot + 1] as number, RADIUS.foot * size, shoes);
  };
  const armOf = (side: 'L' | 'R', far: boolean): void => {
    // A darker sleeve stands out against the torso of the same colour.
    line(`shoulder${side}`, `elbow${side}`, RADIUS.arm, shade(top, far ? 0.6 : 0.8));
    line(`elbow${side}`, `hand${side}`, RADIUS.forearm, far ? shade(skin, 0.75) : skin);
  };

  const farSide = isFarther(JOINT.shoulderL, JOINT.shoulderR, projector) ? 'L' : 'R';
  const nearSide = farSide === 'L' ? 'R' : 'L';
  legOf(farSide, true);
  armOf(farSide, true);
  legOf(nearSide, false);
  line('pelvis', 'pelvis', RADIUS.pelvis * 1.1, trousers);
  line('shoulderL', 'shoulderR', RADIUS.pelvis, top);
  line('pelvis', 'chest', RADIUS.chest, top);
  drawHead();
  armOf(nearSide, false);

  function drawHead(): void {
    const [hx, hy] = [screen[JOINT.head * 2] as number, screen[JOINT.head * 2 + 1] as number];
    const [cx, cy] = [screen[JOINT.chest * 2] as number, screen[JOINT.chest * 2 + 1] as number];
    const radius = RADIUS.head * size;
    disc(raster, hx, hy, radius, hair);
    // The face is on the side towards which the person looks, and hidden from behind.
    const forwardX = Math.sin(state.heading);
    const towards = -Math.cos(state.heading);
    if (towards < -0.6) return;
    const up = Math.hypot(hx - cx, hy - cy) + 1e-6;
    disc(
      raster,
      hx + forwardX * radius * 0.4 - ((hx - cx) / up) * radius * 0.25,
      hy - ((hy - cy) / up) * radius * 0.25,
      radius * 0.75,
      skin,
    );
  }
}

function isFarther(a: number, b: number, projector: Projector): boolean {
  const depthOf = (joint: number): number => {
    projector.project(joints[joint * 3] as number, joints[joint * 3 + 1] as number, joints[joint * 3 + 2] as number);
    return projector.depth;
  };
  return depthOf(a) > depthOf(b);
}
