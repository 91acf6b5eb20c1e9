import { findBlobs, lumaOf, medianPicture } from '../composite/blobs';

/** Pictures are looked at in this size, square. */
export const LOOK_PX = 56;
const GRID = 14;
const STEPS = 20;
const MOVED = 22;

/** What a picture shows by itself: brightness and colour in a coarse grid, edges by direction, colours altogether. */
export function pictureFeatures(picture: Uint8Array): number[] {
  const luma = lumaOf(picture);
  return [...gridMeans(picture), ...edgeHistogram(luma), ...colorHistogram(picture)];
}

/** What stands out of the still background in one picture: where, how large, of what shape. */
export function foregroundFeatures(luma: Uint8Array, background: Uint8Array): number[] {
  const grid = new Array<number>((GRID / 2) ** 2).fill(0);
  const cell = (LOOK_PX / GRID) * 2;
  for (let y = 0; y < LOOK_PX; y += 1) {
    for (let x = 0; x < LOOK_PX; x += 1) {
      const at = y * LOOK_PX + x;
      const into = Math.floor(y / cell) * (GRID / 2) + Math.floor(x / cell);
      grid[into] =
        (grid[into] as number) + (Math.abs((luma[at] as number) - (background[at] as number)) > MOVED ? 1 : 0);
    }
  }
  return [...grid, ...shapeFeatures(luma, background)];
}

/** Number, total area, and place and shape of the largest of the shapes that stand out. */
function shapeFeatures(luma: Uint8Array, background: Uint8Array): number[] {
  const blobs = findBlobs(luma, background, LOOK_PX, MOVED).filter(({ area }) => area >= 6);
  const area = blobs.reduce((sum, blob) => sum + blob.area, 0);
  const largest = blobs.reduce<(typeof blobs)[number] | null>((a, b) => (a === null || b.area > a.area ? b : a), null);
  if (largest === null) return [0, 0, 0, 0, 0, 0];
  const [width, height] = [largest.right - largest.left + 1, largest.bottom - largest.top + 1];
  return [blobs.length, area, (largest.left + largest.right) / 2, largest.bottom, width, height];
}

/**
 * What changes over a clip, in twenty steps of equal length: brightness, amount of motion, shapes that stand out and how they
 * move; where motion is on the whole; and what is different in the end from what was in the beginning.
 *
 * @param lumas brightness of `LOOK_PX` × `LOOK_PX`, in order and evenly spaced
 * @param background what of them stands still
 */
export function courseFeatures(lumas: readonly Uint8Array[], background: Uint8Array): number[] {
  const series: number[][] = [];
  const motionGrid = new Array<number>((GRID / 2) ** 2).fill(0);
  for (const [t, luma] of lumas.entries()) {
    const before = lumas[Math.max(0, t - 1)] as Uint8Array;
    const motion = motionOf(luma, before, motionGrid);
    series.push([mean(luma), motion, ...shapeFeatures(luma, background)]);
  }
  const channels = transpose(series);
  const summary = channels.flatMap((values) => {
    const steps = resample(values, STEPS);
    const jumps = values.slice(1).map((value, i) => Math.abs(value - (values[i] as number)));
    return [...steps, Math.max(...values), average(values), deviation(values), Math.max(...jumps), average(jumps)];
  });
  const quarter = Math.max(1, Math.floor(lumas.length / 4));
  const start = medianPicture(lumas.slice(0, quarter));
  const end = medianPicture(lumas.slice(-quarter));
  return [...summary, ...motionGrid.map((sum) => sum / lumas.length), ...foregroundFeatures(end, start)];
}

/** Pictures before and after the middle of the event, seconds; and the beginnings of half seconds over which changes are looked at. */
const AROUND_SEC = [-1.5, -1, -0.5, 0.5, 1, 1.5];
const CHANGE_SEC = [-1, -0.5, 0, 0.5];

/**
 * What stands out of the background shortly before and after the middle of the event, and what changes over each half second
 * there: who sees the video, and knows when to look, sees these beside the picture in the middle.
 */
export function eventFeatures(
  lumas: readonly Uint8Array[],
  background: Uint8Array,
  middleSec: number,
  fps: number,
): number[] {
  const at = (sec: number): Uint8Array => pictureAt(lumas, middleSec + sec, fps);
  return [
    ...AROUND_SEC.flatMap((sec) => foregroundFeatures(at(sec), background)),
    ...CHANGE_SEC.flatMap((sec) => foregroundFeatures(at(sec + 0.5), at(sec))),
  ];
}

/** The first or the last one where the clip is too short. */
export function pictureAt(pictures: readonly Uint8Array[], sec: number, fps: number): Uint8Array {
  return pictures[Math.max(0, Math.min(pictures.length - 1, Math.round(sec * fps)))] as Uint8Array;
}

/** Mean change from one picture to the next; adds it to a coarse grid. */
function motionOf(luma: Uint8Array, before: Uint8Array, grid: number[]): number {
  const cell = (LOOK_PX / GRID) * 2;
  let total = 0;
  for (let y = 0; y < LOOK_PX; y += 1) {
    for (let x = 0; x < LOOK_PX; x += 1) {
      const at = y * LOOK_PX + x;
      const change = Math.abs((luma[at] as number) - (before[at] as number));
      if (change <= 12) continue;
      total += change;
      const into = Math.floor(y / cell) * (GRID / 2) + Math.floor(x / cell);
      grid[into] = (grid[into] as number) + change;
    }
  }
  return total / luma.length;
}

function gridMeans(picture: Uint8Array): number[] {
  const cell = LOOK_PX / GRID;
  const sums = new Array<number>(GRID * GRID * 3).fill(0);
  for (let y = 0; y < LOOK_PX; y += 1) {
    for (let x = 0; x < LOOK_PX; x += 1) {
      const into = (Math.floor(y / cell) * GRID + Math.floor(x / cell)) * 3;
      for (let channel = 0; channel < 3; channel += 1) {
        sums[into + channel] = (sums[into + channel] as number) + (picture[(y * LOOK_PX + x) * 3 + channel] as number);
      }
    }
  }
  return sums.map((sum) => sum / (cell * cell));
}

/** Gradients in 4 × 4 cells by six directions. */
function edgeHistogram(luma: Uint8Array): number[] {
  const bins = new Array<number>(4 * 4 * 6).fill(0);
  for (let y = 1; y < LOOK_PX - 1; y += 1) {
    for (let x = 1; x < LOOK_PX - 1; x += 1) {
      const at = y * LOOK_PX + x;
      const dx = (luma[at + 1] as number) - (luma[at - 1] as number);
      const dy = (luma[at + LOOK_PX] as number) - (luma[at - LOOK_PX] as number);
      const direction = Math.floor(((Math.atan2(dy, dx) + Math.PI) / Math.PI) * 6) % 6;
      const into = (Math.floor((y * 4) / LOOK_PX) * 4 + Math.floor((x * 4) / LOOK_PX)) * 6 + direction;
      bins[into] = (bins[into] as number) + Math.hypot(dx, dy);
    }
  }
  return bins;
}

function colorHistogram(picture: Uint8Array): number[] {
  const bins = new Array<number>(64).fill(0);
  for (let at = 0; at < picture.length; at += 3) {
    const into =
      ((picture[at] as number) >> 6) * 16 + ((picture[at + 1] as number) >> 6) * 4 + ((picture[at + 2] as number) >> 6);
    bins[into] = (bins[into] as number) + 1;
  }
  return bins;
}

function resample(values: readonly number[], steps: number): number[] {
  return Array.from({ length: steps }, (_, i) => {
    const [from, to] = [Math.floor((i * values.length) / steps), Math.ceil(((i + 1) * values.length) / steps)];
    return average(values.slice(from, Math.max(to, from + 1)));
  });
}

const transpose = (rows: readonly (readonly number[])[]): number[][] =>
  (rows[0] ?? []).map((_, column) => rows.map((row) => row[column] as number));
const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
const mean = (values: Uint8Array): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
function deviation(values: readonly number[]): number {
  const center = average(values);
  return Math.sqrt(average(values.map((value) => (value - center) ** 2)));
}
