/**
 * A pose is sixteen numbers; angles in radians, 0 everywhere is standing upright with hanging arms.
 *
 * | index | what | positive means |
 * |---|---|---|
 * | LEAN | torso against the legs | forward |
 * | PITCH | the whole body about the feet; π/2 lies on the face, −π/2 on the back | forward |
 * | NOD | head against the torso | forward |
 * | TURN | shoulders against the hips | to the left |
 * | LIFT | height above the ground, metres | up |
 * | ARM_L, ARM_R + 0, 1, 2 | swing of the upper arm, bend of the elbow, spread to the side | forward, forward, outward |
 * | LEG_L, LEG_R + 0, 1 | swing of the thigh, bend of the knee | forward, backward |
 */
export type Pose = Float64Array;

export const LEAN = 0;
export const PITCH = 1;
export const NOD = 2;
export const TURN = 3;
export const LIFT = 4;
export const ARM_L = 5;
export const ARM_R = 8;
export const LEG_L = 11;
export const LEG_R = 13;
export const POSE_LENGTH = 15;

export const createPose = (): Pose => new Float64Array(POSE_LENGTH);

/** `into` ← (1 − share) · a + share · b. */
export function mixPoses(into: Pose, a: Pose, b: Pose, share: number): void {
  for (let i = 0; i < POSE_LENGTH; i += 1) into[i] = (a[i] as number) * (1 - share) + (b[i] as number) * share;
}

/** 0 before `from`, 1 after `to`, smooth between. */
export function smoothstep(from: number, to: number, value: number): number {
  if (to <= from) return value < to ? 0 : 1;
  const share = Math.min(1, Math.max(0, (value - from) / (to - from)));
  return share * share * (3 - 2 * share);
}
