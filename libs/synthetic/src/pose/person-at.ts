import type { Act, PersonActor } from '../script/scene-script';
import { poseOfAct } from './acts';
import { createPose, mixPoses, type Pose, smoothstep } from './pose';

/** How long somebody takes to pass from one act into the next, seconds. */
const BLEND_SEC = 0.22;

/** Where somebody is at a time, and how. Reused: read it before the next call. */
export interface PersonState {
  x: number;
  z: number;
  heading: number;
  pose: Pose;
  act: Act;
}

const previousPose = createPose();
const currentPose = createPose();
const blended = createPose();

/** @returns null while the person is not there */
export function personAt(person: PersonActor, sec: number): PersonState | null {
  const index = person.acts.findIndex((act) => sec < act.endSec);
  const act = person.acts[index];
  if (act === undefined || sec < act.startSec) return null;
  const phase = phaseOf(person.id);
  const [x, z] = positionIn(act, sec);
  poseAt(currentPose, act, sec, phase);
  const before = person.acts[index - 1];
  const share = smoothstep(0, BLEND_SEC, sec - act.startSec);
  if (before === undefined || share >= 1) return { x, z, heading: act.facing, pose: currentPose, act };
  // The former act goes on a little, frozen at its end, and fades.
  poseAt(previousPose, before, before.endSec, phase);
  mixPoses(blended, previousPose, currentPose, share);
  return { x, z, heading: mixAngles(before.facing, act.facing, share), pose: blended, act };
}

export function positionIn(act: Act, sec: number): readonly [x: number, z: number] {
  const length = act.endSec - act.startSec;
  const share = length <= 0 ? 1 : Math.min(1, Math.max(0, (sec - act.startSec) / length));
  return [act.from[0] + (act.to[0] - act.from[0]) * share, act.from[1] + (act.to[1] - act.from[1]) * share];
}

function poseAt(pose: Pose, act: Act, sec: number, phase: number): void {
  const [x, z] = positionIn(act, sec);
  poseOfAct(pose, act.act, {
    sec: sec - act.startSec,
    durationSec: act.endSec - act.startSec,
    walkedM: Math.hypot(x - act.from[0], z - act.from[1]),
    phase,
  });
}

function phaseOf(id: string): number {
  let sum = 0;
  for (let i = 0; i < id.length; i += 1) sum = (sum * 31 + id.charCodeAt(i)) % 997;
  return (sum / 997) * 2 * Math.PI;
}

function mixAngles(a: number, b: number, share: number): number {
  const turn = Math.atan2(Math.sin(b - a), Math.cos(b - a));
  return a + turn * share;
}
