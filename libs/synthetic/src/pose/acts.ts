import { ARM_L, ARM_R, LEAN, LEG_L, LEG_R, LIFT, NOD, PITCH, type Pose, smoothstep, TURN } from './pose';

/** Where somebody is in an act. */
export interface Moment {
  /** Seconds since the act began. */
  sec: number;
  /** The act's length, seconds. */
  durationSec: number;
  /** Metres walked since the act began. */
  walkedM: number;
  /** Differs from person to person, radians, so that they do not move in step. */
  phase: number;
}

type PoseFunction = (pose: Pose, moment: Moment) => void;

const progress = ({ sec, durationSec }: Moment): number => Math.min(1, Math.max(0, sec / Math.max(durationSec, 1e-6)));
const wave = (moment: Moment, hertz: number, offset = 0): number =>
  Math.sin(2 * Math.PI * hertz * moment.sec + moment.phase + offset);
/** 0 → 1 → 0, `hertz` times a second, with a quick rise: blows, throws. */
const strokes = (moment: Moment, hertz: number, offset = 0): number => {
  const cycle = (moment.sec * hertz + offset) % 1;
  return cycle < 0.3 ? smoothstep(0, 0.3, cycle) : 1 - smoothstep(0.3, 1, cycle);
};

function arm(pose: Pose, at: number, swing: number, bend: number, out = 0.08): void {
  pose[at] = swing;
  pose[at + 1] = bend;
  pose[at + 2] = out;
}
function arms(pose: Pose, swing: number, bend: number, out = 0.08): void {
  arm(pose, ARM_L, swing, bend, out);
  arm(pose, ARM_R, swing, bend, out);
}
function leg(pose: Pose, at: number, swing: number, bend: number): void {
  pose[at] = swing;
  pose[at + 1] = bend;
}
function legs(pose: Pose, swing: number, bend: number): void {
  leg(pose, LEG_L, swing, bend);
  leg(pose, LEG_R, swing, bend);
}

/** Two steps to a stride of `strideM`; the knee bends while the leg swings forward. */
function stride(pose: Pose, moment: Moment, strideM: number, hip: number, knee: number): number {
  const angle = (moment.walkedM / strideM) * 2 * Math.PI + moment.phase;
  for (const [at, shift] of [
    [LEG_L, 0],
    [LEG_R, Math.PI],
  ] as const) {
    leg(pose, at, hip * Math.sin(angle + shift), knee * Math.max(0, Math.cos(angle + shift)) + 0.05);
  }
  return angle;
}

/** Knees bent to `depth` (0 standing, 1 on the heels), the body over the feet. */
function squat(pose: Pose, depth: number): void {
  legs(pose, 1.35 * depth, 2.3 * depth);
  pose[LEAN] = 0.5 * depth;
}

function lying(pose: Pose, sense: 1 | -1, share: number): void {
  pose[PITCH] = sense * (Math.PI / 2) * share;
  arms(pose, 0.5 * share, 0.5 * share, 0.5 * share + 0.08);
  leg(pose, LEG_L, 0.15 * share, 0.3 * share);
}

/** Every act writes over a pose of zeros. */
const ACTS = {
  stand: (pose, moment) => {
    arms(pose, 0.06 * wave(moment, 0.3), 0.15);
    pose[TURN] = 0.1 * wave(moment, 0.15);
  },
  look: (pose, moment) => {
    arms(pose, 0.1, 0.2);
    pose[TURN] = 0.9 * wave(moment, 0.35);
    pose[LEAN] = 0.05;
  },
  walk: (pose, moment) => {
    const angle = stride(pose, moment, 1.45, 0.5, 0.7);
    arm(pose, ARM_L, -0.5 * Math.sin(angle), 0.2);
    arm(pose, ARM_R, 0.5 * Math.sin(angle), 0.2);
    pose[LEAN] = 0.05;
  },
  run: (pose, moment) => {
    const angle = stride(pose, moment, 2.3, 0.95, 1.5);
    arm(pose, ARM_L, -0.95 * Math.sin(angle), 1.5);
    arm(pose, ARM_R, 0.95 * Math.sin(angle), 1.5);
    pose[LEAN] = 0.28;
    pose[LIFT] = 0.07 * Math.abs(Math.cos(angle));
  },
  /** Walks with something held before the chest. */
  carry: (pose, moment) => {
    stride(pose, moment, 1.45, 0.45, 0.6);
    arms(pose, 0.75, 1.1);
    pose[LEAN] = -0.05;
  },
  hold: (pose) => arms(pose, 0.75, 1.1),
  punch: (pose, moment) => {
    const left = strokes(moment, 1.9, moment.phase / (2 * Math.PI));
    const right = strokes(moment, 1.9, moment.phase / (2 * Math.PI) + 0.5);
    arm(pose, ARM_L, 0.6 + 1.0 * left, 2.1 * (1 - left), 0.2);
    arm(pose, ARM_R, 0.6 + 1.0 * right, 2.1 * (1 - right), 0.2);
    pose[TURN] = 0.6 * (right - left);
    pose[LEAN] = 0.12 + 0.22 * Math.max(left, right);
    leg(pose, LEG_L, 0.4, 0.3);
    leg(pose, LEG_R, -0.4, 0.2);
  },
  flinch: (pose, moment) => {
    const hit = strokes(moment, 1.3, moment.phase / (2 * Math.PI));
    arms(pose, 1.1 + 0.3 * hit, 2.1, 0.3);
    pose[LEAN] = 0.25 - 0.75 * hit;
    pose[NOD] = -0.4 * hit;
    pose[TURN] = 0.5 * wave(moment, 0.7);
    leg(pose, LEG_L, 0.3, 0.4);
    leg(pose, LEG_R, -0.35, 0.1);
  },
  hug: (pose, moment) => {
    const closed = smoothstep(0, 0.6, moment.sec);
    arms(pose, 1.35, 0.3 + 0.9 * closed, 0.45 - 0.3 * closed);
    pose[LEAN] = 0.12 * closed + 0.03 * wave(moment, 0.4);
  },
  wave: (pose, moment) => {
    arms(pose, 0.1, 0.2);
    arm(pose, ARM_R, 2.7, 0.5 + 0.4 * wave(moment, 1.5), 0.3);
  },
  /** Holds something out at the height of the chest. */
  give: (pose, moment) => {
    arms(pose, 0.1, 0.2);
    arm(pose, ARM_R, 1.3 * smoothstep(0, 0.5, moment.sec), 0.2);
  },
  /** Tears something away: a lunge, then back with both arms. */
  snatch: (pose, moment) => {
    const share = progress(moment);
    const out = smoothstep(0, 0.3, share) * (1 - smoothstep(0.5, 0.9, share));
    arms(pose, 0.4 + 1.1 * out, 1.2 * (1 - out));
    pose[LEAN] = 0.5 * out - 0.3 * smoothstep(0.5, 0.8, share);
    pose[TURN] = -0.6 * smoothstep(0.5, 0.9, share);
    leg(pose, LEG_L, 0.6 * out, 0.4 * out);
  },
  /** Bends down to the ground and up again. */
  stoop: (pose, moment) => {
    const share = progress(moment);
    const down = smoothstep(0, 0.4, share) * (1 - smoothstep(0.6, 1, share));
    squat(pose, 0.55 * down);
    pose[LEAN] = 1.0 * down;
    arms(pose, 0.9 * down, 0.15);
  },
  crouch: (pose, moment) => {
    squat(pose, 0.85 * smoothstep(0, 0.7, moment.sec));
    arms(pose, 0.8, 0.6 + 0.2 * wave(moment, 0.8));
  },
  cower: (pose, moment) => {
    squat(pose, 0.7 * smoothstep(0, 0.3, moment.sec));
    arms(pose, 2.3, 1.9, 0.2);
    pose[NOD] = 0.5;
  },
  sit: (pose, moment) => {
    legs(pose, 1.45, 1.45);
    arms(pose, 0.5, 0.7 + 0.1 * wave(moment, 0.2));
    pose[LEAN] = -0.08;
  },
  /** Loses the feet and is down within half a second, on the face. */
  fall: (pose, moment) => {
    const down = moment.sec < 0.6 ? (moment.sec / 0.6) ** 2 : 1;
    lying(pose, 1, down);
    const flail = Math.max(0, 1 - moment.sec / 0.6);
    arms(pose, 0.5 + 1.9 * flail, 0.3, 0.4 + 0.7 * flail);
    pose[LIFT] = 0.12 * Math.sin(Math.PI * Math.min(1, moment.sec / 0.6));
  },
  'fall-back': (pose, moment) => {
    const down = moment.sec < 0.6 ? (moment.sec / 0.6) ** 2 : 1;
    lying(pose, -1, down);
    const flail = Math.max(0, 1 - moment.sec / 0.6);
    arms(pose, 0.4 + 1.6 * flail, 0.2, 0.4 + 0.8 * flail);
  },
  lie: (pose, moment) => {
    lying(pose, 1, 1);
    pose[ARM_L] = 0.5 + 0.1 * wave(moment, 0.3);
  },
  'lie-back': (pose) => lying(pose, -1, 1),
  /** First on the heels, then back: takes its time. */
  'lie-down': (pose, moment) => {
    const share = progress(moment);
    const squatting = smoothstep(0, 0.45, share) * (1 - smoothstep(0.5, 1, share));
    lying(pose, -1, smoothstep(0.45, 1, share));
    squat(pose, 0.9 * squatting);
    arms(pose, -0.4 * squatting, 0.1, 0.25);
  },
  'get-up': (pose, moment) => {
    const share = progress(moment);
    const squatting = smoothstep(0.1, 0.5, share) * (1 - smoothstep(0.6, 1, share));
    pose[PITCH] = (Math.PI / 2) * (1 - smoothstep(0, 0.5, share));
    squat(pose, 0.85 * squatting);
    arms(pose, 0.9 * (1 - share), 0.3, 0.2);
  },
  'get-up-back': (pose, moment) => {
    const share = progress(moment);
    const squatting = smoothstep(0.1, 0.5, share) * (1 - smoothstep(0.6, 1, share));
    pose[PITCH] = (-Math.PI / 2) * (1 - smoothstep(0, 0.5, share));
    squat(pose, 0.85 * squatting);
    arms(pose, 1.2 * squatting, 0.2, 0.1);
  },
  push: (pose, moment) => {
    const thrust = strokes(moment, 1 / Math.max(moment.durationSec, 0.4));
    arms(pose, 1.4, 1.6 * (1 - thrust), 0.15);
    pose[LEAN] = -0.1 + 0.6 * thrust;
    leg(pose, LEG_L, 0.5 * thrust, 0.3 * thrust);
    leg(pose, LEG_R, -0.5 * thrust, 0);
  },
  /** Reaches down to somebody and pulls. */
  help: (pose, moment) => {
    const share = progress(moment);
    const down = 1 - smoothstep(0.4, 0.95, share);
    pose[LEAN] = 0.9 * down;
    arms(pose, 0.8 + 0.4 * down, 0.2);
    squat(pose, 0.3 * down);
    pose[LEAN] = 0.85 * down;
  },
  /** Over something about a metre high. */
  climb: (pose, moment) => {
    const share = progress(moment);
    const over = Math.sin(Math.PI * share);
    pose[LIFT] = 0.95 * over;
    pose[LEAN] = 0.7 * over;
    arms(pose, 1.5 - 2.0 * share, 0.3, 0.2);
    leg(pose, LEG_L, 1.5 * over, 1.2 * over);
    leg(pose, LEG_R, -0.6 * over, 1.0 * Math.sin(2 * Math.PI * Math.min(0.5, share)));
  },
  /** Strikes with a tool, from above the head. */
  smash: (pose, moment) => {
    const blow = strokes(moment, 1.25);
    arms(pose, 2.8 - 1.7 * blow, 0.5 * (1 - blow), 0.12);
    pose[LEAN] = -0.25 + 0.7 * blow;
    leg(pose, LEG_L, 0.45, 0.3);
    leg(pose, LEG_R, -0.3, 0.1);
  },
  /** Slow strokes over a surface. */
  wipe: (pose, moment) => {
    arms(pose, 0.15, 0.3);
    arm(pose, ARM_R, 1.9 + 0.55 * wave(moment, 0.55), 0.3, 0.1 + 0.35 * wave(moment, 0.28));
    pose[LEAN] = 0.12;
  },
  /** One arm out, in arcs. */
  spray: (pose, moment) => {
    arms(pose, 0.1, 0.3);
    arm(pose, ARM_R, 1.6 + 0.5 * wave(moment, 0.5), 0.05, 0.35 * wave(moment, 0.33));
    pose[TURN] = 0.4 * wave(moment, 0.33);
  },
  /** Both hands up to a surface, still. */
  mount: (pose, moment) => {
    const up = smoothstep(0, 0.6, moment.sec);
    arms(pose, 2.1 * up, 0.25, 0.2);
  },
  mop: (pose, moment) => {
    const sweep = wave(moment, 0.6);
    arm(pose, ARM_L, 0.75 + 0.2 * sweep, 0.6);
    arm(pose, ARM_R, 0.75 - 0.2 * sweep, 0.4);
    pose[TURN] = 0.5 * sweep;
    pose[LEAN] = 0.3;
  },
  /** Turns meat, tends a fire. */
  tend: (pose, moment) => {
    arm(pose, ARM_L, 0.1, 0.2);
    arm(pose, ARM_R, 0.9 + 0.12 * wave(moment, 0.5), 0.6);
    pose[LEAN] = 0.1;
  },
  stagger: (pose, moment) => {
    const angle = stride(pose, moment, 1.2, 0.4, 0.5);
    arms(pose, 0.6 * Math.sin(angle * 0.7), 0.3, 0.7);
    pose[LEAN] = 0.35 * Math.sin(angle * 0.5);
  },
} as const satisfies Record<string, PoseFunction>;

export type ActName = keyof typeof ACTS;
export const ACT_NAMES = Object.keys(ACTS) as ActName[];

/** Overwrites `pose` with that of an act. */
export function poseOfAct(pose: Pose, act: ActName, moment: Moment): void {
  pose.fill(0);
  ACTS[act](pose, moment);
}
