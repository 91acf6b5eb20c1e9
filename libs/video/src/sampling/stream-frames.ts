import type { Readable } from 'node:stream';
import { checkFile } from '../input/check-file';
import { type VideoLimits, resolveLimits } from '../limits';
import { probeChecked } from '../probe';
import { type BoundedProcess, startBounded } from '../process/bounded-process';
import { failureOf, saysOutOfMemory } from '../process/diagnose';
import { rawVideoArguments } from './decode-arguments';
import { assertFrameCount } from './sample-frames';
import { DEFAULT_FPS, invalid, resolveSettings } from './settings';

export interface StreamOptions {
  /** Frames per second of video; 1 by default. */
  fps?: number | undefined;
  /** Picture size to scale to (bicubic), pixels; the displayed size by default. */
  size?: { width: number; height: number } | undefined;
  signal?: AbortSignal | undefined;
  limits?: Partial<VideoLimits> | undefined;
}

export interface RawFrame {
  index: number;
  /** index / fps, seconds since the first frame. */
  timeSec: number;
  width: number;
  height: number;
  /** RGB24: rows from the top, (height, width, 3), 0…255. Owned by the consumer. */
  data: Buffer;
}

/**
 * Decodes the frames that `sampleFrames` would write, one at a time and without files. ffmpeg waits while the consumer is
 * busy (and that time does not count against `timeoutMs`); leaving the loop early ends ffmpeg before `return` is through.
 *
 * A file that turns out damaged midway has its decodable frames delivered first, like `sampleFrames`.
 *
 * @throws VideoError with the fault, from the first step on; SrvauError INVALID_REQUEST for bad options.
 */
export async function* streamFrames(file: string, options: StreamOptions = {}): AsyncGenerator<RawFrame, void, void> {
  const { fps } = resolveSettings({ fps: options.fps ?? DEFAULT_FPS });
  const limits = resolveLimits(options.limits);
  const { signal } = options;
  signal?.throwIfAborted();
  const checked = await checkFile(file, limits);
  const { info } = await probeChecked(file, checked, limits, signal);
  const { width, height } = checkSize(options.size ?? info, limits);
  const args = rawVideoArguments(checked.path, { width, height }, { fps, rotation: info.rotationDeg, limits });
  const ffmpeg = await startBounded('ffmpeg', args, {
    timeoutMs: limits.timeoutMs,
    memoryMb: limits.memoryMb,
    signal,
  });
  let index = 0;
  try {
    for await (const data of pictures(ffmpeg.stdout, width * height * 3)) {
      signal?.throwIfAborted();
      ffmpeg.deadline.pause();
      yield { index, timeSec: index / fps, width, height, data };
      ffmpeg.deadline.resume();
      index += 1;
    }
  } finally {
    await end(ffmpeg, signal);
  }
  const exit = await ffmpeg.exit;
  signal?.throwIfAborted();
  if (exit.code !== 0 || saysOutOfMemory(exit.stderr)) throw await failureOf(file, exit, limits);
  assertFrameCount(file, index, fps, limits, exit.stderr);
}

/** Cuts a byte stream into pictures of `size` bytes. A partial one at the end is dropped: the exit code tells why. */
async function* pictures(bytes: Readable, size: number): AsyncGenerator<Buffer, void, void> {
  let picture = Buffer.allocUnsafe(size);
  let filled = 0;
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    let taken = 0;
    while (taken < chunk.length) {
      const copied = chunk.copy(picture, filled, taken);
      taken += copied;
      filled += copied;
      if (filled < size) continue;
      yield picture;
      picture = Buffer.allocUnsafe(size);
      filled = 0;
    }
  }
}

/** When standard output has ended ffmpeg is on its way out by itself; otherwise the consumer has left. */
async function end(ffmpeg: BoundedProcess, signal: AbortSignal | undefined): Promise<void> {
  if (!ffmpeg.stdout.readableEnded || signal?.aborted === true) ffmpeg.kill();
  await ffmpeg.exit;
}

function checkSize(size: { width: number; height: number }, limits: VideoLimits): { width: number; height: number } {
  const { width, height } = size;
  for (const [side, value] of Object.entries({ width, height })) {
    if (!(Number.isInteger(value) && value > 0)) throw invalid(`size.${side}`, 'a positive whole number', value);
  }
  if (width * height > limits.maxPixels) {
    throw invalid('size', `at most ${limits.maxPixels} pixels`, `${width}x${height}`);
  }
  return { width, height };
}
