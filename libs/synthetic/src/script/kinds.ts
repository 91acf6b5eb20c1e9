/**
 * What can happen. Kinds come in groups of four that look alike: two are anomalies, two are normal. A question offers the
 * four of one set, so whoever answers must see what moves, not what is there.
 */
export interface KindInfo {
  /** Class as in VAU-Bench's column `Anomaly Class`; `Normal` where nothing is wrong. */
  anomalyClass: string;
  group: KindGroup;
  /** As an option of "what happens": several wordings of one meaning. */
  phrases: readonly [string, string];
  /** Why this is, or is not, an anomaly; closes a reasoning. */
  because: string;
  /** The normal or abnormal kind that resembles it most. */
  lookAlike: EventKind;
}

export const KIND_GROUPS = [
  'contact', 'fall', 'traffic', 'fire', 'bag', 'crowd', 'barrier', 'surface', 'ground',
] as const; // prettier-ignore
export type KindGroup = (typeof KIND_GROUPS)[number];

export const EVENT_KINDS = [
  'fighting', 'robbery', 'hugging', 'handover',
  'falling', 'assault', 'lying-down', 'helping-up',
  'collision', 'wrong-way', 'stopping', 'driving',
  'fire', 'explosion', 'grill', 'light-flash',
  'theft', 'abandoned-object', 'fetching', 'resting',
  'panic', 'chase', 'jogging', 'gathering',
  'intrusion', 'loitering', 'gate-entry', 'waiting',
  'vandalism', 'graffiti', 'cleaning', 'poster',
  'falling-object', 'water-leak', 'setting-down', 'mopping',
] as const; // prettier-ignore
export type EventKind = (typeof EVENT_KINDS)[number];

const NORMAL = 'Normal';

export const KINDS: Readonly<Record<EventKind, KindInfo>> = {
  fighting: {
    anomalyClass: 'Fighting',
    group: 'contact',
    phrases: ['Two people hit each other', 'A fist fight between two people'],
    because: 'blows are exchanged, which can injure both',
    lookAlike: 'hugging',
  },
  robbery: {
    anomalyClass: 'Robbery',
    group: 'contact',
    phrases: ["A bag is snatched out of somebody's hands", 'Somebody tears a bag away from another person'],
    because: 'the bag is taken by force and carried off in a run',
    lookAlike: 'handover',
  },
  hugging: {
    anomalyClass: NORMAL,
    group: 'contact',
    phrases: ['Two people greet with a hug', 'Two people embrace'],
    because: 'the two hold each other calmly and part as friends',
    lookAlike: 'fighting',
  },
  handover: {
    anomalyClass: NORMAL,
    group: 'contact',
    phrases: ['A parcel is handed over', 'Somebody gives a parcel to another person'],
    because: 'the parcel is given freely, and nobody hurries away',
    lookAlike: 'robbery',
  },
  falling: {
    anomalyClass: 'People_falling',
    group: 'fall',
    phrases: ['Somebody collapses without being touched', 'A person suddenly falls down alone'],
    because: 'the body drops within half a second and nothing breaks the fall',
    lookAlike: 'lying-down',
  },
  assault: {
    anomalyClass: 'Assault',
    group: 'fall',
    phrases: ['Somebody is pushed to the ground', 'A person knocks another one down'],
    because: 'one person brings the other down by force',
    lookAlike: 'helping-up',
  },
  'lying-down': {
    anomalyClass: NORMAL,
    group: 'fall',
    phrases: ['Somebody lies down slowly to rest', 'A person takes their time to lie down'],
    because: 'the movement is slow and under control from start to end',
    lookAlike: 'falling',
  },
  'helping-up': {
    anomalyClass: NORMAL,
    group: 'fall',
    phrases: ['Somebody on the ground is helped up', 'A person pulls another one to their feet'],
    because: 'a resting person gets up with a helping hand',
    lookAlike: 'assault',
  },
  collision: {
    anomalyClass: 'Traffic_accident',
    group: 'traffic',
    phrases: ['One car crashes into another', 'Two cars collide'],
    because: 'the car does not brake and drives into the other, which is thrown forward',
    lookAlike: 'stopping',
  },
  'wrong-way': {
    anomalyClass: 'Wrong_way',
    group: 'traffic',
    phrases: ['A car drives against the traffic of its lane', 'A car goes the wrong way in a lane'],
    because: 'it meets the traffic of its own lane head on',
    lookAlike: 'driving',
  },
  stopping: {
    anomalyClass: NORMAL,
    group: 'traffic',
    phrases: ['A car stops close behind another one', 'A car brakes in time behind another car'],
    because: 'it slows down and leaves a gap',
    lookAlike: 'collision',
  },
  driving: {
    anomalyClass: NORMAL,
    group: 'traffic',
    phrases: ['Cars follow each other in their lane', 'A car goes along with the traffic of its lane'],
    because: 'every car of the lane goes the same way at an even speed',
    lookAlike: 'wrong-way',
  },
  fire: {
    anomalyClass: 'Fire',
    group: 'fire',
    phrases: ['A fire breaks out and grows', 'Flames spread from something that caught fire'],
    because: 'the flames grow from second to second and nobody controls them',
    lookAlike: 'grill',
  },
  explosion: {
    anomalyClass: 'Explosion',
    group: 'fire',
    phrases: ['Something explodes', 'A blast with a cloud of smoke'],
    because: 'a ball of fire bursts out at once and a cloud of smoke follows',
    lookAlike: 'light-flash',
  },
  grill: {
    anomalyClass: NORMAL,
    group: 'fire',
    phrases: ['Somebody tends a fire that stays small', 'A grill fire burns under supervision'],
    because: 'the flames keep their size and somebody looks after them',
    lookAlike: 'fire',
  },
  'light-flash': {
    anomalyClass: NORMAL,
    group: 'fire',
    phrases: ['A bright lamp flares up for a moment', 'A lamp goes on and off'],
    because: 'it only gets bright: there is neither smoke nor damage afterwards',
    lookAlike: 'explosion',
  },
  theft: {
    anomalyClass: 'Stealing',
    group: 'bag',
    phrases: ["A stranger runs off with somebody's bag", "Somebody's bag is stolen from beside them"],
    because: 'the bag is taken behind the back of its owner, who stays behind',
    lookAlike: 'fetching',
  },
  'abandoned-object': {
    anomalyClass: 'Abandoned_object',
    group: 'bag',
    phrases: ['A bag is left behind by its owner', 'Somebody puts a bag down and leaves without it'],
    because: 'nobody stays with the bag, so nobody can tell what is in it',
    lookAlike: 'resting',
  },
  fetching: {
    anomalyClass: NORMAL,
    group: 'bag',
    phrases: ['A companion picks up the bag and both leave together', 'Two people leave together with their bag'],
    because: 'owner and bag leave together, at a walk',
    lookAlike: 'theft',
  },
  resting: {
    anomalyClass: NORMAL,
    group: 'bag',
    phrases: [
      'Somebody puts a bag down for a while and takes it along again',
      'A person pauses and then picks up their own bag',
    ],
    because: 'the bag leaves with the person who brought it',
    lookAlike: 'abandoned-object',
  },
  panic: {
    anomalyClass: 'Crowd_running',
    group: 'crowd',
    phrases: ['People suddenly run away in all directions', 'A crowd scatters in panic'],
    because: 'everybody breaks into a run at the same moment, each another way',
    lookAlike: 'jogging',
  },
  chase: {
    anomalyClass: 'Chase',
    group: 'crowd',
    phrases: ['Somebody runs after a person who flees', 'A person is chased'],
    because: 'one of them flees in turns and the other follows every turn',
    lookAlike: 'gathering',
  },
  jogging: {
    anomalyClass: NORMAL,
    group: 'crowd',
    phrases: ['A group jogs past together', 'People jog side by side'],
    because: 'they keep one pace and one direction, before and after',
    lookAlike: 'panic',
  },
  gathering: {
    anomalyClass: NORMAL,
    group: 'crowd',
    phrases: ['People come together at one spot', 'Several people meet and stand together'],
    because: 'they come at a walk, one by one, and stand together calmly',
    lookAlike: 'chase',
  },
  intrusion: {
    anomalyClass: 'Intrusion',
    group: 'barrier',
    phrases: ['Somebody climbs over the barrier', 'A person gets into the closed area over the barrier'],
    because: 'the barrier closes the area, and it is climbed instead of opened',
    lookAlike: 'gate-entry',
  },
  loitering: {
    anomalyClass: 'Loitering',
    group: 'barrier',
    phrases: ['Somebody paces up and down at the barrier', 'A person keeps walking back and forth along the barrier'],
    because: 'the same few metres are paced again and again, without any aim in sight',
    lookAlike: 'waiting',
  },
  'gate-entry': {
    anomalyClass: NORMAL,
    group: 'barrier',
    phrases: ['Somebody opens the gate and walks through', 'A person enters through the open gate'],
    because: 'the gate opens for the person, who walks through it',
    lookAlike: 'intrusion',
  },
  waiting: {
    anomalyClass: NORMAL,
    group: 'barrier',
    phrases: [
      'Somebody waits at the barrier for a companion',
      'A person stands at the barrier until a companion comes',
    ],
    because: 'the person stands still until the companion comes, and both go on together',
    lookAlike: 'loitering',
  },
  vandalism: {
    anomalyClass: 'Vandalism',
    group: 'surface',
    phrases: ['Somebody smashes the front of the box', 'A person strikes the box until it breaks'],
    because: 'blow after blow breaks what belongs to others',
    lookAlike: 'cleaning',
  },
  graffiti: {
    anomalyClass: 'Graffiti',
    group: 'surface',
    phrases: ['Somebody sprays paint on the box', 'A person paints over the front of the box'],
    because: 'paint spreads over a surface that belongs to others',
    lookAlike: 'poster',
  },
  cleaning: {
    anomalyClass: NORMAL,
    group: 'surface',
    phrases: ['Somebody wipes the front of the box clean', 'A person cleans the box'],
    because: 'the strokes are slow and leave the surface as it should be',
    lookAlike: 'vandalism',
  },
  poster: {
    anomalyClass: NORMAL,
    group: 'surface',
    phrases: ['Somebody puts up a poster', 'A person mounts a poster on the box'],
    because: 'one sheet is put up at once and nothing is harmed',
    lookAlike: 'graffiti',
  },
  'falling-object': {
    anomalyClass: 'Object_falling',
    group: 'ground',
    phrases: ['Something heavy drops from above', 'An object falls down from a height'],
    because: 'it comes down unheld and could hit somebody',
    lookAlike: 'setting-down',
  },
  'water-leak': {
    anomalyClass: 'Water_incident',
    group: 'ground',
    phrases: ['A puddle of water spreads', 'Water leaks out and covers more and more ground'],
    because: 'the puddle grows and nobody stops it',
    lookAlike: 'mopping',
  },
  'setting-down': {
    anomalyClass: NORMAL,
    group: 'ground',
    phrases: ['Somebody sets a box down carefully', 'A person puts a box on the ground'],
    because: 'the box is in somebody’s hands until it stands on the ground',
    lookAlike: 'falling-object',
  },
  mopping: {
    anomalyClass: NORMAL,
    group: 'ground',
    phrases: ['Somebody mops up a puddle', 'A person wipes water off the ground'],
    because: 'the puddle shrinks under the mop',
    lookAlike: 'water-leak',
  },
};

export const isNormal = (kind: EventKind): boolean => KINDS[kind].anomalyClass === NORMAL;
