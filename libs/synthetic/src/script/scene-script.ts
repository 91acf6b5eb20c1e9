import type { Crop } from '../composite/crop';
import type { ActName } from '../pose/acts';
import type { EventKind } from './kinds';

export const SCENE_SCRIPT_FORMAT = 'srvau-scene';
/** Raised when the same seed would give another clip, or a reader of the former version would misread a script. */
export const SCENE_SCRIPT_VERSION = 2;

export const SCENE_TYPES = ['street', 'corridor', 'car-park', 'shop', 'plaza'] as const;
/** A drawn place, or `footage`: real pictures with the event put into them. */
export type SceneType = (typeof SCENE_TYPES)[number] | 'footage';

export const COLORS = ['red', 'blue', 'green', 'yellow', 'white', 'black', 'purple'] as const;
/** Colours that questions ask for; the others of `Clothing` are worn by people whom no question is about. */
export type ColorName = (typeof COLORS)[number];
export type ClothingColor = ColorName | 'grey' | 'brown';

export const PLACES = ['near-left', 'near-right', 'far-left', 'far-right'] as const;
/** Quarter of the ground in view. */
export type Place = (typeof PLACES)[number];

export const DIRECTIONS = ['left', 'right', 'near', 'far', 'stays'] as const;
/** Where somebody goes in the end: out of a side of the picture, towards or away from the camera, or nowhere. */
export type Direction = (typeof DIRECTIONS)[number];

/** Metres on the ground: x to the right of the camera, z away from it. */
export type Point = readonly [x: number, z: number];

/**
 * A pinhole camera above the ground's origin, looking along +z.
 * Lengths on the picture are in picture heights, so that a script holds for every resolution.
 */
export interface Camera {
  heightM: number;
  /** Downwards, radians. */
  pitch: number;
  /** To the right, radians. */
  yaw: number;
  /** Focal length, picture heights. */
  focal: number;
  /** Row of the optical axis, picture heights from the top; 0.5 unless fitted to footage. */
  centerY: number;
}

export interface Light {
  /** Gain of each channel on everything drawn, 1 = as painted. */
  gain: readonly [red: number, green: number, blue: number];
  /** Added after the gain (haze, black level), 0…255. */
  lift: number;
  /** Standard deviation of the sensor's noise, 0…255. */
  noise: number;
  /** How much brightness wavers from frame to frame, share. */
  flicker: number;
  /** How dark corners are, share. */
  vignette: number;
  /** How dark shadows on the ground are, share. */
  shadow: number;
}

export interface PersonLook {
  top: ClothingColor;
  trousers: 'navy' | 'grey' | 'brown' | 'black' | 'beige';
  skin: number;
  hair: number;
  heightM: number;
  /** Thickness of limbs, 1 = average. */
  build: number;
}

/** What somebody does from `startSec` on, until `endSec`. */
export interface Act {
  act: ActName;
  startSec: number;
  endSec: number;
  from: Point;
  to: Point;
  /** Radians from +z towards +x; while moving, the direction of the way unless given. */
  facing: number;
}

export interface PersonActor {
  id: string;
  /** `main` is whom the event is about; `other` takes part; `bystander` does not. */
  role: 'main' | 'other' | 'bystander';
  look: PersonLook;
  /** In order and without gaps; before the first and after the last the person is not there. */
  acts: readonly Act[];
}

export interface Vehicle {
  id: string;
  role: 'main' | 'other' | 'bystander';
  type: 'car' | 'van';
  color: ClothingColor;
  /** Positions of the middle, in order; moves evenly between two of them and stays before the first and after the last. */
  keys: readonly { sec: number; at: Point; yaw: number }[];
}

export type PropType = 'bag' | 'box' | 'parcel' | 'grill' | 'barrier' | 'gate' | 'kiosk' | 'tool' | 'poster';

export interface Prop {
  id: string;
  type: PropType;
  color: number;
  /** In order. Held: goes with a hand of that person. Else it moves evenly from `at` to the next key's `at`. */
  keys: readonly { sec: number; at: readonly [x: number, y: number, z: number]; heldBy?: string; turn?: number }[];
  /** Absent before this. */
  fromSec?: number;
}

export type EffectType = 'flame' | 'smoke' | 'blast' | 'flash' | 'puddle' | 'cracks' | 'paint' | 'impact';

export interface Effect {
  id: string;
  type: EffectType;
  at: readonly [x: number, y: number, z: number];
  color: number;
  /** Size in metres (of `flash`: brightness, share) over time, straight lines between; 0 before the first key. */
  keys: readonly { sec: number; size: number }[];
}

/** What can be seen when, for descriptions and for teachers. */
export interface Beat {
  sec: number;
  /** Subject of a sentence: `the person in red`. */
  who: string;
  /** The rest of it: `falls to the ground`. */
  what: string;
}

/** Who, what, when, where: everything that a clip shows, and the same again rendered from it. */
export interface SceneScript {
  format: typeof SCENE_SCRIPT_FORMAT;
  version: typeof SCENE_SCRIPT_VERSION;
  /** The clip's name without extension. */
  id: string;
  synthetic: true;
  seed: string;
  video: { width: number; height: number; fps: number; frames: number; durationSec: number };
  scene: SceneType;
  /** Real pictures behind the event; null where everything is drawn. */
  footage: Footage | null;
  camera: Camera;
  light: Light;
  kind: EventKind;
  anomalyClass: string;
  normal: boolean;
  /** When what the clip is about happens; for a normal clip, its most telling moments. Seconds. */
  event: { startSec: number; endSec: number };
  place: Place;
  /** Where the main person goes afterwards; null where the event has no such person. */
  ending: Direction | null;
  /** The four colours that questions about this clip offer. */
  palette: readonly [ColorName, ColorName, ColorName, ColorName];
  people: readonly PersonActor[];
  vehicles: readonly Vehicle[];
  props: readonly Prop[];
  effects: readonly Effect[];
  beats: readonly Beat[];
}

export interface Footage {
  /** File name, without its folders. */
  name: string;
  sha256: string;
  /** First second that is shown. */
  startSec: number;
  /** Which part of its pictures is shown. */
  crop: Crop;
}
