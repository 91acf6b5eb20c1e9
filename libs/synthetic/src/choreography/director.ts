import type { Random } from '../random/random';
import { acrossAt, before, headingOf } from '../script/camera';
import type {
  Beat,
  Camera,
  Direction,
  Effect,
  EffectType,
  Place,
  Point,
  Prop,
  PropType,
  Vehicle,
} from '../script/scene-script';
import type { Ground } from './ground';
import { type Gait, SPEED, Track } from './track';

/** What the plan asks of a choreography. */
export interface Brief {
  camera: Camera;
  ground: Ground;
  /** Width / height of the picture. */
  aspect: number;
  durationSec: number;
  /** When what the clip is about begins. */
  onsetSec: number;
  place: Place;
  ending: Direction | null;
  random: Random;
}

/** How far to the side, 1 = the picture's edge. */
const ASIDE = 0.36;
/** After an event there is at least this much left to see of what follows. */
const TAIL_SEC = 0.8;

/** Puts people, vehicles, things and effects on the stage of one clip. Choreographies are written with it. */
export class Director {
  readonly random: Random;
  readonly onset: number;
  readonly durationSec: number;
  readonly spot: Point;
  readonly tracks: Track[] = [];
  readonly vehicles: Omit<Vehicle, 'color'>[] = [];
  readonly props: Prop[] = [];
  readonly effects: Effect[] = [];
  readonly beats: Beat[] = [];
  private counter = 0;

  constructor(readonly brief: Brief) {
    this.random = brief.random;
    this.onset = brief.onsetSec;
    this.durationSec = brief.durationSec;
    const z = brief.place.startsWith('near') ? brief.ground.near : brief.ground.far;
    const side = brief.place.endsWith('left') ? -1 : 1;
    const jitter = this.random.uniform(-0.3, 0.3);
    this.spot = [this.across(z + jitter, side * (ASIDE + this.random.uniform(-0.06, 0.06))), z + jitter];
  }

  /** A length of time that still fits into the clip after the onset. */
  lasting(sec: number): number {
    return Math.max(1.2, Math.min(sec, this.durationSec - this.onset - TAIL_SEC));
  }

  /** x of a ground point at `across` of the picture's width (−1 … 1) and depth `z`. */
  across(z: number, across: number): number {
    return acrossAt(this.brief.camera, this.brief.aspect, z, across);
  }

  /** A point just out of sight at a side, or the ends of the ground towards and away from the camera. */
  exit(direction: Direction, from: Point): Point {
    switch (direction) {
      case 'left':
        return [this.across(from[1], -1) - 0.9, from[1]];
      case 'right':
        return [this.across(from[1], 1) + 0.9, from[1]];
      case 'near':
        return [from[0] * 0.8, this.brief.ground.exitNear];
      case 'far':
        return [from[0] * 0.9, Math.max(this.brief.ground.exitFar, from[1] + 1)];
      case 'stays':
        return from;
    }
  }

  /** A point at `right`, `away` metres from the spot. */
  beside(right: number, away = 0): Point {
    return [this.spot[0] + right, this.spot[1] + away];
  }

  /** Somebody who comes from a side and reaches `to` at `sec`, or is on the way from the first moment on. */
  enter(role: Track['role'], side: Direction, to: Point, sec: number, gait: Gait = 'walk'): Track {
    const track = this.standing(role, before(to, this.exit(side, to), SPEED[gait] * sec));
    return track.arrive(gait, to, sec);
  }

  standing(role: Track['role'], at: Point): Track {
    this.counter += 1;
    const track = new Track(`p${this.counter}`, role, at, this.durationSec);
    this.tracks.push(track);
    return track;
  }

  /** Out of the picture in the planned direction, at once when `gait` is a run; stays otherwise. */
  leave(track: Track, gait: Gait = 'walk', rest: Parameters<Track['stay']>[0] = 'stand'): void {
    const ending = this.brief.ending ?? 'stays';
    if (ending === 'stays') track.stay(rest);
    else this.goOff(track, ending, gait);
  }

  goOff(track: Track, direction: Direction, gait: Gait = 'walk'): void {
    const to = this.exit(direction, track.at);
    track.go(gait, to);
    if (direction === 'far') track.stay('stand');
  }

  /** Another direction than the one in which the main person leaves. */
  elsewhere(...not: Direction[]): Direction {
    const taken = [...not, this.brief.ending];
    return this.random.pick((['left', 'right', 'near'] as const).filter((direction) => !taken.includes(direction)));
  }

  /** The side of the spot on which the picture's edge is nearer: who falls that way is hardly seen. */
  get outer(): 1 | -1 {
    return this.brief.place.endsWith('right') ? 1 : -1;
  }

  side(): 1 | -1 {
    return this.random.chance(0.5) ? 1 : -1;
  }

  prop(type: PropType, color: number, keys: Prop['keys'], times: Pick<Prop, 'fromSec'> = {}): Prop {
    this.counter += 1;
    const prop = { id: `o${this.counter}`, type, color, keys, ...times };
    this.props.push(prop);
    return prop;
  }

  effect(type: EffectType, at: Effect['at'], keys: Effect['keys'], color = 0): void {
    this.counter += 1;
    this.effects.push({ id: `e${this.counter}`, type, at, color, keys });
  }

  vehicle(role: Vehicle['role'], keys: Vehicle['keys'], type: Vehicle['type'] = 'car'): Omit<Vehicle, 'color'> {
    this.counter += 1;
    const vehicle = { id: `v${this.counter}`, role, type, keys };
    this.vehicles.push(vehicle);
    return vehicle;
  }

  /** `{p1}` stands for "the person in red", as soon as it is known who wears what; `{leaves}` for the planned way out. */
  beat(sec: number, who: string, what: string): void {
    if (sec <= this.durationSec) this.beats.push({ sec: Math.max(0, sec), who, what });
  }
}

export const face = (a: Point, b: Point): number => headingOf(a, b);

/** What a choreography says of itself. */
export interface Staged {
  startSec: number;
  endSec: number;
  /** Id of the person or vehicle at the centre; null where there is none. */
  main: string | null;
}
