import { type ErrorDetail, SrvauError, describe } from '@srvau/contracts';

/** What one file may cost. Exceeding any of them is a VideoError, never a stuck or swollen service. */
export interface VideoLimits {
  /** Wall-clock time of one ffmpeg or ffprobe process, ms; fault `timed-out`. Time in which a stream's consumer is busy does not count. */
  timeoutMs: number;
  /** Address space of one ffmpeg or ffprobe process, MiB (where `prlimit` exists, as on Linux); fault `too-large`. */
  memoryMb: number;
  /** Length of the sampled timeline, seconds; fault `too-long`. */
  maxDurationSec: number;
  /** Width × height of the coded picture; fault `too-large`. */
  maxPixels: number;
  /** Sampled frames; fault `too-long`. Bounds the disk too: two frames an aeon apart would else be filled up between. */
  maxFrames: number;
  /** Size of the video file, bytes; fault `too-large`. */
  maxBytes: number;
}

export const DEFAULT_VIDEO_LIMITS: Readonly<VideoLimits> = {
  timeoutMs: 10 * 60_000,
  memoryMb: 2048,
  maxDurationSec: 6 * 3600,
  maxPixels: 8192 * 4320,
  maxFrames: 6 * 3600,
  maxBytes: 16 * 2 ** 30,
};

/** @throws SrvauError INVALID_REQUEST for a limit that is not a positive finite number. */
export function resolveLimits(given: Partial<VideoLimits> = {}): VideoLimits {
  const limits = { ...DEFAULT_VIDEO_LIMITS, ...given };
  const details: ErrorDetail[] = Object.entries(limits)
    .filter(([, value]) => !(Number.isFinite(value) && value > 0))
    .map(([name, value]) => ({
      field: `limits.${name}`,
      expected: 'a positive finite number',
      received: describe(value),
    }));
  const [first] = details;
  if (first !== undefined) {
    throw new SrvauError('INVALID_REQUEST', `${first.field}: expected ${first.expected}, received ${first.received}`, {
      details,
    });
  }
  return limits;
}
