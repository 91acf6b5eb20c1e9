import type { Light } from '../script/scene-script';

/** Brightest colour that people are painted with, so that white clothes are as bright as what is bright in the footage. */
const PAINTED_WHITE = 242;

/**
 * Light under which painted people fit into footage: black level and white level from its darkest and brightest pixels, tint
 * from its mean, noise from pixels that stand still.
 *
 * @param pictures RGB24 pictures in order
 */
export function matchLight(pictures: readonly Uint8Array[]): Light {
  const histograms = [0, 1, 2].map(() => new Float64Array(256));
  const means = [0, 0, 0];
  let count = 0;
  for (const picture of pictures) {
    for (let at = 0; at + 2 < picture.length; at += 3) {
      for (const channel of [0, 1, 2] as const) {
        const value = picture[at + channel] as number;
        const histogram = histograms[channel];
        if (histogram !== undefined) histogram[value] = (histogram[value] as number) + 1;
        means[channel] = (means[channel] as number) + value;
      }
      count += 1;
    }
  }
  const level = (share: number): number =>
    histograms.reduce((sum, histogram) => sum + percentile(histogram, share * count), 0) / 3;
  const lift = clamp(level(0.02) * 0.7, 0, 50);
  const gain = clamp((level(0.98) - lift) / PAINTED_WHITE, 0.45, 1.05);
  const grey = Math.max(1, ((means[0] ?? 0) + (means[1] ?? 0) + (means[2] ?? 0)) / 3);
  // Half of the mean's tint: the rest of it is what the place is painted with.
  const tint = (channel: 0 | 1 | 2): number => gain * clamp(1 + ((means[channel] ?? 0) / grey - 1) / 2, 0.85, 1.15);
  return {
    gain: [round(tint(0)), round(tint(1)), round(tint(2))],
    lift: round(lift),
    noise: round(stillNoise(pictures)),
    flicker: 0,
    vignette: 0,
    shadow: 0.28,
  };
}

/** Median of how much pixels change from one picture to the next, as a standard deviation. */
function stillNoise(pictures: readonly Uint8Array[]): number {
  const changes = new Float64Array(256);
  let count = 0;
  for (let t = 1; t < pictures.length; t += 1) {
    const [before, now] = [pictures[t - 1], pictures[t]];
    if (before === undefined || now === undefined) continue;
    for (let at = 1; at < now.length; at += 3) {
      const change = Math.abs((now[at] as number) - (before[at] as number));
      changes[change] = (changes[change] as number) + 1;
      count += 1;
    }
  }
  if (count === 0) return 1;
  // Half of the normal distribution's differences lie within 0.67 of √2 standard deviations.
  return clamp(percentile(changes, count / 2) / (0.6745 * Math.SQRT2), 0.5, 5);
}

function percentile(histogram: Float64Array, upTo: number): number {
  let sum = 0;
  for (let value = 0; value < histogram.length; value += 1) {
    sum += histogram[value] as number;
    if (sum >= upTo) return value;
  }
  return histogram.length - 1;
}

const clamp = (value: number, from: number, to: number): number => Math.min(to, Math.max(from, value));
const round = (value: number): number => Math.round(value * 1000) / 1000;
