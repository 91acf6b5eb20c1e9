import { probeVideo, type RawFrame, streamFrames, type VideoInfo, type VideoLimits } from '@srvau/video';
import { rateFor, rateWithin } from '../prompt/frame-rate';

/** Frames of a video as the preprocessor takes them. */
export interface Frames {
  /** RGB, (count, height, width, 3), in order of time. */
  data: Uint8Array;
  count: number;
  height: number;
  width: number;
  /** Frames a second of video: what was asked for, or less where that would have been too many. */
  fps: number;
}

export interface FrameOptions {
  /** Frames per second of video. */
  fps: number;
  /** Of a longer video fewer are taken, evenly over its whole length; ≥ 1. */
  maxFrames: number;
  /** Decoded pictures held at a time; a video beyond it is scaled down (bicubic) while it is decoded. */
  maxBytes: number;
  limits?: Partial<VideoLimits> | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Decodes a video: frame k is what is on screen at k / fps.
 *
 * @throws VideoError with the fault
 */
export async function readFrames(file: string, options: FrameOptions): Promise<Frames> {
  const { fps, maxFrames, limits, signal } = options;
  const info = await probeVideo(file, { limits, signal });
  let rate = rateWithin(fps, maxFrames, info.durationSec);
  for (;;) {
    const collected = await collect(file, rate, info, options);
    if (collected.count <= maxFrames) return collected.frames();
    // Longer than the container declares; now its length is known.
    rate = rateFor(maxFrames, collected.count / rate);
  }
}

async function collect(file: string, fps: number, info: VideoInfo, options: FrameOptions): Promise<FrameCollector> {
  const { maxFrames, limits, signal } = options;
  const expected = Math.min(maxFrames, Math.max(1, Math.ceil(info.durationSec * fps)));
  const size = fitting(info, expected, options.maxBytes);
  const collector = new FrameCollector(fps, expected, maxFrames);
  for await (const frame of streamFrames(file, { fps, limits, signal, ...(size === undefined ? {} : { size }) })) {
    collector.add(frame);
  }
  return collector;
}

/** The size that lets `count` pictures fit into `maxBytes`; undefined where they do as they are. */
function fitting(
  { width, height }: VideoInfo,
  count: number,
  maxBytes: number,
): { width: number; height: number } | undefined {
  const scale = Math.sqrt(maxBytes / (count * width * height * 3));
  if (scale >= 1) return undefined;
  return { width: Math.max(1, Math.floor(width * scale)), height: Math.max(1, Math.floor(height * scale)) };
}

/** Lays pictures side by side in one block, which is made as large as it will probably have to be. */
class FrameCollector {
  /** Of all frames that came; more than `max` are counted but not kept. */
  count = 0;
  #data = new Uint8Array(0);
  #width = 0;
  #height = 0;

  constructor(
    private readonly fps: number,
    private readonly expected: number,
    private readonly max: number,
  ) {}

  add({ data, width, height }: RawFrame): void {
    const at = this.count * data.length;
    this.count += 1;
    if (this.count > this.max) return;
    if (this.#data.length === 0) {
      this.#data = new Uint8Array(this.expected * data.length);
      this.#width = width;
      this.#height = height;
    } else if (at + data.length > this.#data.length) {
      const grown = new Uint8Array(Math.min(this.max * data.length, 2 * this.#data.length));
      grown.set(this.#data);
      this.#data = grown;
    }
    this.#data.set(data, at);
  }

  frames(): Frames {
    const [height, width] = [this.#height, this.#width];
    const data = this.#data.subarray(0, this.count * height * width * 3);
    return { data, count: this.count, height, width, fps: this.fps };
  }
}
