import type { Random } from '../random/random';
import { isNormal, type EventKind, KINDS } from '../script/kinds';
import {
  type Beat,
  type Camera,
  type ClothingColor,
  type ColorName,
  type Direction,
  type Footage,
  type Light,
  type Place,
  SCENE_SCRIPT_FORMAT,
  SCENE_SCRIPT_VERSION,
  type SceneScript,
  type SceneType,
  type Vehicle,
} from '../script/scene-script';
import { addBystanders } from './bystanders';
import { Director, type Staged } from './director';
import { groundOf } from './ground';
import { REPERTOIRE } from './repertoire';
import { drawCamera, drawLight, drawLook, round } from './setting';

/** Everything about a clip that is planned, so that answers come out evenly; the rest is drawn from the seed. */
export interface ClipOrder {
  id: string;
  seed: string;
  kind: EventKind;
  scene: SceneType;
  place: Place;
  /** Seconds from the clip's start. */
  onsetSec: number;
  /** Must be among the kind's endings; null where it has none. */
  ending: Direction | null;
  palette: SceneScript['palette'];
  /** Worn (or driven) by whom the event is about. */
  mainColor: ColorName;
  video: { width: number; height: number; fps: number; frames: number };
  /** With the camera and light that fit it; only, and always, for scene `footage`. */
  footage?: Footage & { camera: Camera; light: Light };
}

/** Writes the scene script of a clip. Equal orders give equal scripts. */
export function composeScene(order: ClipOrder, random: Random): SceneScript {
  const { kind, footage } = order;
  const { group, anomalyClass } = KINDS[kind];
  const { width, height, fps, frames } = order.video;
  const camera = footage?.camera ?? drawCamera(random.fork('camera'), group);
  const light = footage?.light ?? drawLight(random.fork('light'));
  const durationSec = frames / fps;
  const director = new Director({
    camera,
    ground: groundOf(order.scene, camera),
    aspect: width / height,
    durationSec,
    onsetSec: order.onsetSec,
    place: order.place,
    ending: order.ending,
    random: random.fork('play'),
  });
  const staged = REPERTOIRE[kind].play(director);
  addBystanders(director, group);
  const worn = dress(director, staged, order, random.fork('colors'));
  const looks = random.fork('looks');
  return {
    format: SCENE_SCRIPT_FORMAT,
    version: SCENE_SCRIPT_VERSION,
    id: order.id,
    synthetic: true,
    seed: order.seed,
    video: { width, height, fps, frames, durationSec },
    scene: order.scene,
    footage: footage === undefined ? null : shown(footage),
    camera,
    light,
    kind,
    anomalyClass,
    normal: isNormal(kind),
    event: { startSec: round(staged.startSec), endSec: round(Math.min(staged.endSec, durationSec)) },
    place: order.place,
    ending: order.ending,
    palette: order.palette,
    people: director.tracks.map((track) => track.person(drawLook(looks, worn.get(track.id) ?? 'grey'))),
    vehicles: director.vehicles.map((vehicle): Vehicle => ({ ...vehicle, color: worn.get(vehicle.id) ?? 'grey' })),
    props: director.props,
    effects: director.effects,
    beats: tellBeats(director, worn, staged, order.ending),
  };
}

const shown = ({ name, sha256, startSec, crop }: Footage): Footage => ({ name, sha256, startSec, crop });

/** Gives out colours: the planned one to the main person or car, the palette's others to others, then plain ones. */
function dress(d: Director, staged: Staged, order: ClipOrder, random: Random): Map<string, ClothingColor> {
  const cars = d.vehicles.some((vehicle) => vehicle.id === staged.main);
  const inColor = cars ? d.vehicles : d.tracks;
  const plain = cars ? d.tracks : d.vehicles;
  const worn = new Map<string, ClothingColor>();
  const others = random.shuffled(order.palette.filter((color) => color !== order.mainColor));
  const colors: ClothingColor[] = staged.main === null ? random.shuffled(order.palette) : others;
  let next = 0;
  for (const { id } of inColor) {
    if (id === staged.main) worn.set(id, order.mainColor);
    else {
      worn.set(id, colors[next] ?? random.pick(['grey', 'brown'] as const));
      next += 1;
    }
  }
  for (const { id } of plain) worn.set(id, random.pick(['grey', 'brown'] as const));
  return worn;
}

const LEAVES: Readonly<Record<Direction, string>> = {
  left: 'leaves to the left',
  right: 'leaves to the right',
  near: 'leaves towards the camera',
  far: 'goes away from the camera',
  stays: 'stays at the place',
};

function tellBeats(
  d: Director,
  worn: ReadonlyMap<string, ClothingColor>,
  staged: Staged,
  ending: Direction | null,
): Beat[] {
  const tell = (text: string): string =>
    text.replace(/\{(\w+)\}/g, (_, name: string) => {
      if (name === 'leaves') return LEAVES[ending ?? 'stays'];
      const color = worn.get(name) ?? 'grey';
      return name.startsWith('v') ? `the ${color} ${vehicleWord(d, name)}` : `the person in ${color}`;
    });
  return d.beats
    .map(({ sec, who, what }) => ({ sec: round(sec), who: tell(who), what: tell(what) }))
    .sort((a, b) => a.sec - b.sec);
}

const vehicleWord = (d: Director, id: string): string => d.vehicles.find((vehicle) => vehicle.id === id)?.type ?? 'car';
