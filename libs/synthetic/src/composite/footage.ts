import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { probeVideo, streamFrames } from '@srvau/video';
import type { FootageSource } from '../plan/settings';
import { type Blob, findBlobs, lumaOf, medianPicture } from './blobs';
import { calibrate } from './calibrate';
import { cut, middleCrop, planCrop } from './crop';
import { matchLight } from './match-light';

/** Footage is looked at in pictures of this height, so many a second, and so long. */
const ANALYSIS = { height: 180, fps: 3, maxSec: 60 } as const;
const MEDIAN_OF = 25;
const MOVED = 26;
/** People should be this high at least, as a share of the picture's height; the view is narrowed for that, within bounds. */
const PERSON_SHARE = 0.26;
const MAX_ZOOM = 1.8;

/** Footage that was looked at, and which part of its pictures is shown. */
export interface AnalysedFootage {
  source: FootageSource;
  /** People whose size told the camera; 0 where it is a guess. */
  measuredPeople: number;
}

/**
 * Finds out how big people are where in the picture, and how the light is, from the footage itself.
 *
 * @param aspect width / height of the clips to be made
 * @throws VideoError for a file that cannot be used; SrvauError UNPROCESSABLE for footage that is too short
 */
export async function analyseFootage(
  path: string,
  aspect: number,
  minSec: number,
  signal?: AbortSignal,
): Promise<AnalysedFootage> {
  const info = await probeVideo(path, { signal });
  const crop = middleCrop(info.width / info.height, aspect);
  const height = ANALYSIS.height;
  const plan = planCrop(crop, Math.round(height * aspect), height);
  const pictures: Uint8Array[] = [];
  let frames = 0;
  for await (const frame of streamFrames(path, {
    fps: ANALYSIS.fps,
    size: { width: plan.scaledWidth, height: plan.scaledHeight },
    signal,
  })) {
    frames += 1;
    if (pictures.length < ANALYSIS.maxSec * ANALYSIS.fps) pictures.push(cut(frame.data, plan));
  }
  const durationSec = frames / ANALYSIS.fps;
  if (durationSec < minSec) {
    throw SrvauError.mismatch(
      'UNPROCESSABLE',
      basename(path),
      `footage of at least ${minSec} s`,
      `${durationSec.toFixed(1)} s`,
    );
  }
  const { camera, measured, personShare } = calibrate(moving(pictures, plan.width), plan.width, plan.height);
  const zoom = Math.min(MAX_ZOOM, Math.max(1, PERSON_SHARE / personShare));
  // The lower part of the picture is where people are nearest.
  const top = (1 - 1 / zoom) * 0.75;
  return {
    source: {
      name: basename(path),
      sha256: await sha256Of(path),
      durationSec,
      camera: { ...camera, focal: camera.focal * zoom, centerY: (camera.centerY - top) * zoom },
      light: matchLight(pictures.slice(0, MEDIAN_OF)),
      crop: {
        left: crop.left + ((1 - 1 / zoom) / 2) * crop.width,
        top: crop.top + top * crop.height,
        width: crop.width / zoom,
        height: crop.height / zoom,
      },
    },
    measuredPeople: measured,
  };
}

function moving(pictures: readonly Uint8Array[], width: number): Blob[] {
  const lumas = pictures.map(lumaOf);
  const step = Math.max(1, Math.floor(lumas.length / MEDIAN_OF));
  const background = medianPicture(lumas.filter((_, i) => i % step === 0));
  return lumas.flatMap((luma) => findBlobs(luma, background, width, MOVED));
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
