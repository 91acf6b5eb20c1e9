import type { Random } from '../random/random';
import type { KindGroup } from '../script/kinds';
import type { Camera, Light, PersonLook, ClothingColor } from '../script/scene-script';

/** How wide the view is: traffic needs more than people, who should be large. Picture heights. */
const FOCAL: Readonly<Partial<Record<KindGroup, number>>> = { traffic: 1.15, crowd: 1.55, barrier: 1.6 };
const DEFAULT_FOCAL = 1.95;

/** A camera on a wall. It depends on the group, never on the kind: how a scene is framed says nothing of what happens. */
export function drawCamera(random: Random, group: KindGroup): Camera {
  const heightM = random.uniform(3.2, 4.1);
  return {
    heightM,
    // Looks at a point about nine metres away.
    pitch: Math.atan2(heightM - 0.4, random.uniform(8.6, 9.4)),
    yaw: random.uniform(-0.08, 0.08),
    focal: (FOCAL[group] ?? DEFAULT_FOCAL) * random.uniform(0.95, 1.06),
    centerY: 0.5,
  };
}

export function drawLight(random: Random): Light {
  const dim = random.chance(0.2);
  const level = dim ? random.uniform(0.58, 0.72) : random.uniform(0.82, 1.08);
  const warmth = random.uniform(-0.07, 0.07);
  return {
    gain: [round(level * (1 + warmth)), round(level), round(level * (1 - warmth))],
    lift: round(random.uniform(0, 12)),
    noise: round(dim ? random.uniform(2, 3.5) : random.uniform(0.8, 2.2)),
    flicker: round(random.uniform(0, 0.02)),
    vignette: round(random.uniform(0, 0.35)),
    shadow: round(random.uniform(0.2, 0.42)),
  };
}

export function drawLook(random: Random, top: ClothingColor): PersonLook {
  return {
    top,
    trousers: random.pick(['navy', 'grey', 'brown', 'black', 'beige'] as const),
    skin: random.integer(4),
    hair: random.integer(4),
    heightM: round(random.uniform(1.62, 1.86)),
    build: round(random.uniform(0.94, 1.18)),
  };
}

/** Scripts are read by people: no more digits than show in a picture. */
export const round = (value: number): number => Math.round(value * 1000) / 1000;
