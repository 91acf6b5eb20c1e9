import type { ClipOrder } from '../choreography/compose';
import { REPERTOIRE } from '../choreography/repertoire';
import { Random } from '../random/random';
import { type EventKind } from '../script/kinds';
import { OPTION_SETS } from '../script/option-sets';
import { COLORS, type ColorName, PLACES, type SceneScript, type SceneType } from '../script/scene-script';
import { Decks } from './deck';
import { onsetIn } from './onset';
import { SPLIT_NAMES, type SplitName, type SynthSettings } from './settings';

/** A clip to be made, and the set of kinds among which its first question lets choose. */
export interface PlannedClip {
  split: SplitName;
  order: ClipOrder;
  /** Index into `OPTION_SETS`. */
  optionSet: number;
}

/** Colours that questions offer together: each colour in four of seven sets, so that none stands out. */
export const PALETTES: readonly SceneScript['palette'][] = COLORS.map((_, i) => {
  const at = (step: number): ColorName => COLORS[(i + step) % COLORS.length] as ColorName;
  return [at(0), at(1), at(2), at(4)];
});

/**
 * Plans all clips of all splits. What questions ask for is dealt from decks, each answer as often as the others among the
 * same options: so no option is right more often than another, and what is read in a question tells nothing.
 */
export function planDataset(settings: SynthSettings): PlannedClip[] {
  const counts = countBySplit(settings);
  return SPLIT_NAMES.flatMap((split) => planSplit(settings, split, counts[split]));
}

function countBySplit({ clips, splits }: SynthSettings): Record<SplitName, number> {
  const sum = SPLIT_NAMES.reduce((total, name) => total + splits[name], 0);
  let [share, given] = [0, 0];
  const counts = SPLIT_NAMES.map((name) => {
    // Of rounded sums, so that no clip is lost or added.
    share += splits[name];
    const upTo = Math.round((share / sum) * clips);
    const count = upTo - given;
    given = upTo;
    return [name, count] as const;
  });
  return Object.fromEntries(counts) as Record<SplitName, number>;
}

function planSplit(settings: SynthSettings, split: SplitName, count: number): PlannedClip[] {
  const random = new Random(`srvau-synth/${settings.seed}/${split}`);
  const decks = new Decks(random);
  const scenes: readonly SceneType[] =
    split === 'test-ood-footage' ? ['footage'] : split === 'test-ood-scene' ? settings.oodScenes : settings.scenes;
  const sets = OPTION_SETS.map((set, index) => ({
    index,
    scenes: set.scenes.filter((scene) => scenes.includes(scene)),
  })).filter((set) => set.scenes.length > 0);
  return Array.from({ length: count }, (_, i) => {
    const dealt = decks.deal('kind', sets.length * 4);
    const set = sets[Math.floor(dealt / 4)] as (typeof sets)[number];
    const kind = OPTION_SETS[set.index]?.kinds[dealt % 4] as EventKind;
    const id = `${split}-${String(i).padStart(5, '0')}`;
    const own = random.fork(id);
    const scene = set.scenes[decks.deal(`scene/${set.index}`, set.scenes.length)] as SceneType;
    return {
      split,
      optionSet: set.index,
      order: { ...orderOf(settings, kind, decks, own), id, seed: own.seed, scene, ...footageOf(settings, scene, own) },
    };
  });
}

function orderOf(
  settings: SynthSettings,
  kind: EventKind,
  decks: Decks,
  own: Random,
): Omit<ClipOrder, 'id' | 'seed' | 'scene'> {
  const { width, height, fps, minSec, maxSec } = settings;
  // Half seconds, so that the stretches that a question offers are the same for many clips.
  const durationSec = minSec + Math.floor(own.uniform() * (Math.floor((maxSec - minSec) * 2) + 1)) / 2;
  const frames = Math.round(durationSec * fps);
  const { endings } = REPERTOIRE[kind];
  const dealtColor = decks.deal('color', PALETTES.length * 4);
  const palette = PALETTES[Math.floor(dealtColor / 4)] as SceneScript['palette'];
  return {
    kind,
    place: PLACES[decks.deal('place', 4)] as (typeof PLACES)[number],
    onsetSec: onsetIn(frames / fps, decks.deal('onset', 4), own.uniform()),
    ending: endings === null ? null : (endings[decks.deal(`ending/${endings.join()}`, 4)] ?? null),
    palette,
    mainColor: palette[dealtColor % 4] as ColorName,
    video: { width, height, fps, frames },
  };
}

function footageOf(settings: SynthSettings, scene: SceneType, own: Random): Pick<ClipOrder, 'footage'> {
  if (scene !== 'footage') return {};
  const source = own.fork('footage').pick(settings.footage);
  const { name, sha256, crop, camera, light } = source;
  const room = Math.max(0, source.durationSec - settings.maxSec - 0.5);
  // Tenths of a second: the same stretch for every frame rate.
  const startSec = Math.floor(own.fork('footage-start').uniform(0, room) * 10) / 10;
  return { footage: { name, sha256, crop, startSec, camera, light } };
}
