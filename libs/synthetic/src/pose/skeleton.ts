import type { PersonLook } from '../script/scene-script';
import { ARM_L, ARM_R, LEAN, LEG_L, LEG_R, LIFT, NOD, PITCH, type Pose, TURN } from './pose';

/** Places of joints in `Joints`, each three numbers: x, y, z in metres of the world. */
export const JOINT = {
  pelvis: 0,
  chest: 1,
  head: 2,
  shoulderL: 3,
  elbowL: 4,
  handL: 5,
  shoulderR: 6,
  elbowR: 7,
  handR: 8,
  hipL: 9,
  kneeL: 10,
  footL: 11,
  hipR: 12,
  kneeR: 13,
  footR: 14,
} as const;
export type JointName = keyof typeof JOINT;
export const JOINT_COUNT = 15;
export type Joints = Float64Array;
export const createJoints = (): Joints => new Float64Array(JOINT_COUNT * 3);

/** Lengths as shares of a person's height. Head and hands are a little larger than life, to be told from afar. */
const SHARE = {
  thigh: 0.245,
  shin: 0.25,
  torso: 0.29,
  neck: 0.135,
  upperArm: 0.17,
  forearm: 0.17,
  hips: 0.055,
  shoulders: 0.115,
};

/** Where the joints of somebody at (x, z) are who faces `heading` and holds `pose`. Lying people lie on the ground. */
export function placeJoints(joints: Joints, pose: Pose, look: PersonLook, x: number, z: number, heading: number): void {
  const size = look.heightM;
  const at = (i: number): number => pose[i] as number;
  // In the body's own frame: forward, up, left.
  const put = (joint: number, forward: number, up: number, left: number): void => {
    joints[joint * 3] = forward;
    joints[joint * 3 + 1] = up;
    joints[joint * 3 + 2] = left;
  };
  const reach = (hip: number, knee: number): number => SHARE.thigh * Math.cos(hip) + SHARE.shin * Math.cos(hip - knee);
  // The lower foot stands on the ground.
  const hipUp = size * Math.max(reach(at(LEG_L), at(LEG_L + 1)), reach(at(LEG_R), at(LEG_R + 1)), 0.06);
  put(JOINT.pelvis, 0, hipUp, 0);
  placeLeg(JOINT.hipL, LEG_L, 1);
  placeLeg(JOINT.hipR, LEG_R, -1);

  const lean = at(LEAN);
  const chestF = size * SHARE.torso * Math.sin(lean);
  const chestU = hipUp + size * SHARE.torso * Math.cos(lean);
  put(JOINT.chest, chestF, chestU, 0);
  const nod = lean + at(NOD);
  put(JOINT.head, chestF + size * SHARE.neck * Math.sin(nod), chestU + size * SHARE.neck * Math.cos(nod), 0);
  placeArm(JOINT.shoulderL, ARM_L, 1);
  placeArm(JOINT.shoulderR, ARM_R, -1);
  toWorld();

  function placeLeg(joint: number, index: number, side: 1 | -1): void {
    const hip = at(index);
    const shin = hip - at(index + 1);
    const left = side * SHARE.hips * size;
    const kneeF = size * SHARE.thigh * Math.sin(hip);
    const kneeU = hipUp - size * SHARE.thigh * Math.cos(hip);
    put(joint, 0, hipUp, left);
    put(joint + 1, kneeF, kneeU, left);
    put(joint + 2, kneeF + size * SHARE.shin * Math.sin(shin), kneeU - size * SHARE.shin * Math.cos(shin), left);
  }

  function placeArm(joint: number, index: number, side: 1 | -1): void {
    const turn = at(TURN);
    const [swing, bend, out] = [at(index) + lean * 0.3, at(index + 1), at(index + 2)];
    const shoulderL = side * SHARE.shoulders * size;
    // A turn of the shoulders brings one of them forward.
    const forward = chestF - shoulderL * Math.sin(turn);
    const left = shoulderL * Math.cos(turn);
    const shoulderU = chestU - 0.02 * size;
    put(joint, forward, shoulderU, left);
    const upper = size * SHARE.upperArm;
    const elbowF = forward + upper * Math.sin(swing) * Math.cos(out) * Math.cos(turn);
    const elbowU = shoulderU - upper * Math.cos(swing) * Math.cos(out);
    const elbowL = left + side * upper * Math.sin(out) + upper * Math.sin(swing) * Math.sin(turn);
    put(joint + 1, elbowF, elbowU, elbowL);
    const fore = size * SHARE.forearm;
    const angle = swing + bend;
    put(
      joint + 2,
      elbowF + fore * Math.sin(angle) * Math.cos(turn),
      elbowU - fore * Math.cos(angle),
      elbowL + side * fore * Math.sin(out) * 0.6 + fore * Math.sin(angle) * Math.sin(turn),
    );
  }

  function toWorld(): void {
    const pitch = at(PITCH);
    const [sinP, cosP] = [Math.sin(pitch), Math.cos(pitch)];
    const [sinH, cosH] = [Math.sin(heading), Math.cos(heading)];
    const thickness = 0.09 * size * Math.abs(sinP);
    for (let joint = 0; joint < JOINT_COUNT; joint += 1) {
      const f = joints[joint * 3] as number;
      const u = joints[joint * 3 + 1] as number;
      const left = joints[joint * 3 + 2] as number;
      const forward = f * cosP + u * sinP;
      joints[joint * 3] = x + forward * sinH - left * cosH;
      joints[joint * 3 + 1] = Math.max(0.03, u * cosP - f * sinP + thickness + at(LIFT));
      joints[joint * 3 + 2] = z + forward * cosH + left * sinH;
    }
  }
}
