import { streamFrames } from '@srvau/video';
import { type Crop, cut, planCrop } from './crop';

/** Footage that fits into this is decoded once and kept. */
const KEEP_BYTES = 192 * 2 ** 20;

interface Wanted {
  path: string;
  crop: Crop;
  width: number;
  height: number;
  fps: number;
}

/** Reads stretches of footage at the size and rate of clips. Where it runs out the last picture stays. */
export class FootageReader {
  private readonly kept = new Map<string, Promise<Uint8Array[]>>();

  /** @param durationSec length of the whole footage: decides whether it is kept */
  async read(
    wanted: Wanted,
    startSec: number,
    count: number,
    durationSec: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array[]> {
    const { path, width, height, fps } = wanted;
    const first = Math.round(startSec * fps);
    if (width * height * 3 * fps * durationSec > KEEP_BYTES)
      return fill(await decode(wanted, first, count, signal), 0, count);
    const key = JSON.stringify([path, width, height, fps]);
    let all = this.kept.get(key);
    if (all === undefined) {
      all = decode(wanted, 0, Infinity, signal);
      this.kept.set(key, all);
      // A failure is told to whoever reads, and the next reader tries again.
      all.catch(() => this.kept.delete(key));
    }
    return fill(await all, first, count);
  }
}

async function decode(wanted: Wanted, first: number, count: number, signal?: AbortSignal): Promise<Uint8Array[]> {
  const plan = planCrop(wanted.crop, wanted.width, wanted.height);
  const size = { width: plan.scaledWidth, height: plan.scaledHeight };
  const pictures: Uint8Array[] = [];
  for await (const frame of streamFrames(wanted.path, { fps: wanted.fps, size, signal })) {
    if (frame.index < first) continue;
    pictures.push(cut(frame.data, plan));
    if (pictures.length >= count) break;
  }
  return pictures;
}

function fill(pictures: readonly Uint8Array[], first: number, count: number): Uint8Array[] {
  const last = pictures.length - 1;
  return Array.from({ length: count }, (_, i) => pictures[Math.min(first + i, last)] as Uint8Array);
}
