/** The rate at which a video of that length gives so many frames at most: what was asked for, or less. */
export function rateWithin(fps: number, maxFrames: number, durationSec: number): number {
  return durationSec * fps > maxFrames ? rateFor(maxFrames, durationSec) : fps;
}

/** The rate at which so many frames, and not one more, cover that length. */
export function rateFor(frames: number, seconds: number): number {
  return (frames - 0.5) / seconds;
}
