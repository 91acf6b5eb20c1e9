import { SrvauError, describe } from '@srvau/contracts';

/** Raise it when the same file and settings would give other frames or other bytes: cached frames are then remade. */
export const SAMPLER_VERSION = 1;

const FRAME_FORMATS = ['jpeg', 'png'] as const;
export type FrameFormat = (typeof FRAME_FORMATS)[number];

/** The rate of the paper. */
export const DEFAULT_FPS = 1;
const MAX_FPS = 240;
const MIN_FPS = 0.001;

export interface SamplingSettings {
  /** Frames per second of video, 0.001 to 240. */
  fps: number;
  format: FrameFormat;
}

/** @throws SrvauError INVALID_REQUEST that names the setting. */
export function resolveSettings(given: { fps?: number | undefined; format?: string | undefined }): SamplingSettings {
  const { fps = DEFAULT_FPS, format = 'jpeg' } = given;
  if (!(fps >= MIN_FPS && fps <= MAX_FPS)) throw invalid('fps', `a number from ${MIN_FPS} to ${MAX_FPS}`, fps);
  if (!isFrameFormat(format)) throw invalid('format', FRAME_FORMATS.join(' or '), format);
  return { fps, format };
}

export function invalid(field: string, expected: string, value: unknown): SrvauError {
  return SrvauError.mismatch('INVALID_REQUEST', field, expected, describe(value));
}

function isFrameFormat(value: string): value is FrameFormat {
  return (FRAME_FORMATS as readonly string[]).includes(value);
}
