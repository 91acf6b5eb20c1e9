import { createHash } from 'node:crypto';
import { copyFile, constants, link, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { frameName } from '@srvau/contracts';
import { errnoOf, type VideoFile, writeDirectoryAtomic, writeJsonAtomic } from '@srvau/storage';
import type { CachedSample } from '@srvau/video';

/** What came of one video file. */
export type VideoOutcome =
  | {
      kind: 'readable';
      videoKey: string;
      videoSha256: string;
      durationSec: number;
      width: number;
      height: number;
      frames: number;
      /** The file ends before what it declares; what is there is sampled. */
      truncated: boolean;
      /** The decoder complained about something in the file. */
      damaged: boolean;
    }
  | { kind: 'unreadable'; fault: string; detail: string };

interface Step {
  file: { relativePath: string; size: number; modifiedAt: string | null };
  outcome: VideoOutcome;
}

/** Hard links cannot go to another file system, and some file systems have none or allow only so many. */
const NO_LINK: ReadonlySet<string> = new Set(['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'ENOSYS', 'EACCES']);

/**
 * The durable steps of an ingest: `frames/<key>/` and then `work/<hash of path>.json` for each finished video file.
 * A step that is there is done; one that was cut short leaves nothing under its name.
 */
export class VideoSteps {
  /** Two files may have the same bytes, and so the same frames; only one may write them. */
  private readonly writing = new Map<string, Promise<void>>();

  constructor(
    private readonly work: string,
    private readonly frames: string,
  ) {}

  /** What a former run made of this file; null when there is nothing, or the file or its frames are not as they were. */
  async load(file: VideoFile): Promise<VideoOutcome | null> {
    let step: Step;
    try {
      step = JSON.parse(await readFile(this.path(file), 'utf8')) as Step;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null;
      throw error;
    }
    const { outcome } = step;
    if (JSON.stringify(step.file) !== JSON.stringify(identity(file))) return null;
    if (outcome.kind === 'readable' && !(await this.hasFrames(outcome.videoKey, outcome.frames))) return null;
    return outcome;
  }

  async save(file: VideoFile, outcome: VideoOutcome): Promise<void> {
    const step: Step = { file: identity(file), outcome };
    await writeJsonAtomic(this.path(file), step);
  }

  /** Puts the frames into the dataset, which has to stand on its own: the cache may drop them at any time. */
  async keepFrames(sample: Pick<CachedSample, 'key' | 'frames'>): Promise<void> {
    const earlier = this.writing.get(sample.key);
    const mine = (earlier ?? Promise.resolve()).then(async () => {
      if (await this.hasFrames(sample.key, sample.frames.length)) return;
      await writeDirectoryAtomic(join(this.frames, sample.key), async (dir) => {
        for (const frame of sample.frames) await linkOrCopy(frame.file, join(dir, frameName(frame.index)));
      });
    });
    this.writing.set(sample.key, mine);
    try {
      await mine;
    } finally {
      if (this.writing.get(sample.key) === mine) this.writing.delete(sample.key);
    }
  }

  private async hasFrames(key: string, count: number): Promise<boolean> {
    const dir = join(this.frames, key);
    try {
      const names = await readdir(dir);
      if (names.length !== count) return false;
      // After a power cut a file can be there by name and have no bytes.
      const sizes = await Promise.all(names.map(async (name) => (await stat(join(dir, name))).size));
      return sizes.every((size) => size > 0);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return false;
      throw error;
    }
  }

  private path({ relativePath }: VideoFile): string {
    return join(this.work, `${createHash('sha256').update(relativePath).digest('hex').slice(0, 32)}.json`);
  }
}

function identity({ relativePath, size, modifiedAt }: VideoFile): Step['file'] {
  return { relativePath, size, modifiedAt: modifiedAt?.toISOString() ?? null };
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!NO_LINK.has(errnoOf(error) ?? '')) throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  }
}
