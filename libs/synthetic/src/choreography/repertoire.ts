import type { Direction } from '../script/scene-script';
import type { EventKind } from '../script/kinds';
import type { Director, Staged } from './director';
import * as bag from './events/bag';
import * as barrier from './events/barrier';
import * as contact from './events/contact';
import * as crowd from './events/crowd';
import * as fall from './events/fall';
import * as fire from './events/fire';
import * as ground from './events/ground';
import * as surface from './events/surface';
import * as traffic from './events/traffic';

/** How a kind is played, and what may be asked about it beside what happens. */
export interface Choreography {
  play(director: Director): Staged;
  /** Ends of "the person who …"; null where no person (or car) is at the centre. */
  who: string | null;
  /** The four ways in which the main person may leave; null where there is none. */
  endings: readonly [Direction, Direction, Direction, Direction] | null;
  /** Whether it happens at one place of the picture. */
  local: boolean;
}

const WALK = ['left', 'right', 'near', 'stays'] as const;
const FLEE = ['left', 'right', 'near', 'far'] as const;
const INSIDE = ['left', 'right', 'far', 'stays'] as const;

const person = (
  play: Choreography['play'],
  who: string,
  endings: Choreography['endings'] = WALK,
  local = true,
): Choreography => ({ play, who, endings, local });
const car = (play: Choreography['play'], who: string, local: boolean): Choreography => ({
  play,
  who,
  endings: null,
  local,
});
const nobody = (play: Choreography['play'], local = true): Choreography => ({ play, who: null, endings: null, local });

export const REPERTOIRE: Readonly<Record<EventKind, Choreography>> = {
  fighting: person(contact.fighting, 'strikes first'),
  robbery: person(contact.robbery, 'takes the bag', FLEE),
  hugging: { ...person(contact.hugging, ''), who: null },
  handover: person(contact.handover, 'gives the parcel'),
  falling: person(fall.falling, 'goes down'),
  assault: person(fall.assault, 'pushes'),
  'lying-down': person(fall.lyingDown, 'goes down'),
  'helping-up': person(fall.helpingUp, 'helps'),
  collision: car(traffic.collision, 'comes from behind', true),
  'wrong-way': car(traffic.wrongWay, 'comes against the lane', false),
  stopping: car(traffic.stopping, 'comes from behind', true),
  driving: car(traffic.driving, 'is at the centre of the event', false),
  fire: nobody(fire.fire),
  explosion: nobody(fire.explosion),
  grill: nobody(fire.grill),
  'light-flash': nobody(fire.lightFlash),
  theft: person(bag.theft, 'takes the bag', FLEE),
  'abandoned-object': person(bag.abandonedObject, 'brought the bag', FLEE),
  fetching: person(bag.fetching, 'takes the bag', FLEE),
  resting: person(bag.resting, 'brought the bag', FLEE),
  panic: nobody(crowd.panic),
  chase: person(crowd.chase, 'runs behind the other', FLEE, false),
  jogging: nobody(crowd.jogging, false),
  gathering: nobody(crowd.gathering),
  intrusion: person(barrier.intrusion, 'gets behind the barrier', INSIDE),
  loitering: person(barrier.loitering, 'paces at the barrier'),
  'gate-entry': person(barrier.gateEntry, 'gets behind the barrier', INSIDE),
  waiting: person(barrier.waiting, 'stands at the barrier'),
  vandalism: person(surface.vandalism, 'is at the box'),
  graffiti: person(surface.graffiti, 'is at the box'),
  cleaning: person(surface.cleaning, 'is at the box'),
  poster: person(surface.poster, 'is at the box'),
  'falling-object': nobody(ground.fallingObject),
  'water-leak': nobody(ground.waterLeak),
  'setting-down': person(ground.settingDown, 'carries the box'),
  mopping: person(ground.mopping, 'mops'),
};
