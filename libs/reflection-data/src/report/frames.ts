import { type FileHandle, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DATASET_FILES, frameName, type ReflectRecord } from '@srvau/contracts';
import { errnoOf } from '@srvau/storage';
import type { ReportFrame } from './sample-section';

/** Keys are made of these; another one, from a file that somebody edited, could lead out of the folder. */
const KEY = /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/;
const MAX_FRAME_BYTES = 256 * 1024;

/**
 * Indices of a video's frames, spread evenly from the first to the last.
 * @returns empty where the video's folder is not there.
 */
export async function frameIndices(dataset: string, videoKey: string | null, count: number): Promise<number[]> {
  if (videoKey === null || !KEY.test(videoKey) || count < 1) return [];
  let names: string[];
  try {
    names = await readdir(join(dataset, DATASET_FILES.frames, videoKey));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR') return [];
    throw error;
  }
  const there = names.filter((name) => /^\d{6,}\.jpg$/.test(name)).length;
  const shown = Math.min(count, there);
  return Array.from({ length: shown }, (_, i) => (shown === 1 ? 0 : Math.round((i * (there - 1)) / (shown - 1))));
}

/** Path of frame `index`; the key was looked at by `frameIndices`. */
export const framePath = (dataset: string, videoKey: string, index: number): string =>
  join(dataset, DATASET_FILES.frames, videoKey, frameName(index));

/** Reads frames of a parent dataset for a page, until all of them together are as many bytes as it may hold. */
export class FrameReader {
  constructor(
    private readonly dataset: string,
    private readonly fps: number,
    private readonly perSample: number,
    private bytesLeft: number,
  ) {}

  /** Frames that are missing, too large or no JPEG are left out. */
  async read({ videoKey }: ReflectRecord): Promise<ReportFrame[]> {
    const frames: ReportFrame[] = [];
    for (const index of await frameIndices(this.dataset, videoKey, this.perSample)) {
      const jpeg = await readJpeg(framePath(this.dataset, videoKey ?? '', index));
      if (jpeg === undefined || jpeg.byteLength > this.bytesLeft) continue;
      this.bytesLeft -= jpeg.byteLength;
      frames.push({ atSec: index / this.fps, jpeg });
    }
    return frames;
  }
}

async function readJpeg(path: string): Promise<Uint8Array | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { size } = await handle.stat();
    if (size > MAX_FRAME_BYTES) return undefined;
    const bytes = await handle.readFile();
    return bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff ? bytes : undefined;
  } finally {
    await handle.close();
  }
}
