import type { EventKind } from './kinds';
import { SCENE_TYPES, type SceneType } from './scene-script';

/** Four kinds that one question offers, all possible in the same scenes. */
export interface OptionSet {
  kinds: readonly [EventKind, EventKind, EventKind, EventKind];
  scenes: readonly SceneType[];
}

const EVERYWHERE: readonly SceneType[] = [...SCENE_TYPES, 'footage'];

export const OPTION_SETS: readonly OptionSet[] = [
  { kinds: ['fighting', 'robbery', 'hugging', 'handover'], scenes: EVERYWHERE },
  { kinds: ['falling', 'assault', 'lying-down', 'helping-up'], scenes: EVERYWHERE },
  { kinds: ['collision', 'wrong-way', 'stopping', 'driving'], scenes: ['street', 'car-park'] },
  { kinds: ['fire', 'explosion', 'grill', 'light-flash'], scenes: ['street', 'car-park', 'plaza', 'footage'] },
  { kinds: ['theft', 'abandoned-object', 'fetching', 'resting'], scenes: EVERYWHERE },
  { kinds: ['panic', 'chase', 'jogging', 'gathering'], scenes: EVERYWHERE },
  { kinds: ['intrusion', 'loitering', 'gate-entry', 'waiting'], scenes: EVERYWHERE },
  { kinds: ['vandalism', 'graffiti', 'cleaning', 'poster'], scenes: EVERYWHERE },
  { kinds: ['falling-object', 'water-leak', 'setting-down', 'mopping'], scenes: EVERYWHERE },
  // Across groups: the same number of people, other mix-ups.
  { kinds: ['fighting', 'assault', 'hugging', 'helping-up'], scenes: EVERYWHERE },
  { kinds: ['robbery', 'theft', 'handover', 'fetching'], scenes: EVERYWHERE },
  { kinds: ['falling', 'loitering', 'lying-down', 'resting'], scenes: EVERYWHERE },
];
