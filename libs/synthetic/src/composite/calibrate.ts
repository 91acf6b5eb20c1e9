import type { Camera } from '../script/scene-script';
import type { Blob } from './blobs';

/** How tall the people in the footage are taken to be, metres. */
const PERSON_M = 1.7;
/** Depth and width of the ground cannot be told apart from one view; this only sets their ratio. */
const FOCAL = 1.2;
const MIN_BLOBS = 12;
/** Assumed where too little moves: a camera on the first floor. */
const DEFAULT = { heightM: 4, horizon: 0.1 } as const;

/** A camera for footage, and what it rests on. */
export interface Calibration {
  camera: Camera;
  /** How many upright moving shapes were measured; 0 where the camera is a guess. */
  measured: number;
  /** Height of a person in the middle of the ground, share of the picture's height. */
  personShare: number;
}

interface Sighting {
  /** Row of the feet and height, picture heights. */
  foot: number;
  height: number;
}

/**
 * For a level camera the height of a person in the picture grows in a straight line with the row of the feet: h = a·(y − y₀),
 * where y₀ is the horizon and a = person's height / camera's height. So people who walk through the footage tell both.
 *
 * @param blobs moving shapes of all frames, pixels of a picture of `width` × `height`
 */
export function calibrate(blobs: readonly Blob[], width: number, height: number): Calibration {
  const sightings = blobs
    .filter((blob) => isUpright(blob, width, height))
    .map((blob): Sighting => ({
      foot: (blob.bottom + 1) / height,
      height: (blob.bottom - blob.top + 1) / height,
    }));
  const line = sightings.length < MIN_BLOBS ? null : fitLine(sightings);
  const [heightM, horizon] =
    line === null ? guess(sightings) : [clamp(PERSON_M / line.slope, 2.4, 12), clamp(line.horizon, -1.5, 0.6)];
  const camera: Camera = { heightM, pitch: 0, yaw: 0, focal: FOCAL, centerY: horizon };
  const middle = horizon + (1 - horizon) * 0.7;
  return {
    camera,
    measured: line === null ? 0 : sightings.length,
    personShare: ((middle - horizon) * PERSON_M) / heightM,
  };
}

function isUpright(blob: Blob, width: number, height: number): boolean {
  const [w, h] = [blob.right - blob.left + 1, blob.bottom - blob.top + 1];
  const whole = blob.left > 1 && blob.top > 1 && blob.right < width - 2 && blob.bottom < height - 2;
  return whole && h >= 8 && h > 1.5 * w && h < 4.5 * w && blob.area > 0.35 * w * h;
}

/** Through the medians of eight rows, which single wrong shapes do not move; null where no such line makes sense. */
function fitLine(sightings: readonly Sighting[]): { slope: number; horizon: number } | null {
  const feet = sightings.map(({ foot }) => foot).sort((a, b) => a - b);
  const [low, high] = [feet[0] ?? 0, feet.at(-1) ?? 0];
  if (high - low < 0.12) return null;
  const bins = Array.from({ length: 8 }, (): Sighting[] => []);
  for (const sighting of sightings) {
    bins[Math.min(7, Math.floor(((sighting.foot - low) / (high - low)) * 8))]?.push(sighting);
  }
  const points = bins
    .filter((bin) => bin.length >= 3)
    .map((bin) => ({ x: median(bin.map(({ foot }) => foot)), y: median(bin.map(({ height }) => height)) }));
  if (points.length < 3) return null;
  // Theil–Sen: a row of wrong shapes does not turn the line.
  const slopes = points.flatMap((a, i) => points.slice(i + 1).map((b) => (b.y - a.y) / (b.x - a.x)));
  const slope = median(slopes);
  if (!(slope > 0.05)) return null;
  return { slope, horizon: -median(points.map(({ x, y }) => y - slope * x)) / slope };
}

/** People of the size that was seen, if any was, under a camera of usual height. */
function guess(sightings: readonly Sighting[]): [heightM: number, horizon: number] {
  if (sightings.length === 0) return [DEFAULT.heightM, DEFAULT.horizon];
  const foot = median(sightings.map((sighting) => sighting.foot));
  const height = median(sightings.map((sighting) => sighting.height));
  return [DEFAULT.heightM, clamp(foot - (height * DEFAULT.heightM) / PERSON_M, -1.5, 0.6)];
}

function median(values: number[]): number {
  const sorted = values.sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? NaN;
}

const clamp = (value: number, from: number, to: number): number => Math.min(to, Math.max(from, value));
