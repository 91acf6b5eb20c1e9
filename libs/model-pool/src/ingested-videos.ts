import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { sha256OfFile } from '@srvau/models';
import { fromFileError } from '@srvau/storage';
import { VideoError } from '@srvau/video';
import type { LocalVideo, LocalVideos } from './local-videos';

/**
 * Videos of a dataset, opened only while they are those of its ingest: what models say of another video under the same name
 * would be put down to the dataset. Each file is read once to be told.
 */
export class IngestedVideos {
  /** By path, size and time of the last change. */
  readonly #digests = new Map<string, Promise<string>>();

  constructor(private readonly videos: Pick<LocalVideos, 'open'>) {}

  /**
   * @param sha256 of the ingest, hex; null where that saw no video, and so there is nothing to compare with
   * @throws as `LocalVideos.open`; VideoError `changed`
   */
  async open(uri: string, sha256: string | null, signal: AbortSignal): Promise<LocalVideo> {
    const video = await this.videos.open(uri, signal);
    try {
      if (sha256 !== null && (await this.digestOf(fileURLToPath(video.uri), signal)) !== sha256) {
        throw new VideoError('changed', uri, 'the video that was ingested', 'another one under its name');
      }
      return video;
    } catch (error) {
      await video[Symbol.asyncDispose]();
      // A file that cannot be read, or is gone by now, is a fault of this one video.
      throw fromFileError(error, uri);
    }
  }

  private async digestOf(path: string, signal: AbortSignal): Promise<string> {
    const { size, mtimeMs, ino } = await stat(path);
    const key = JSON.stringify([path, size, mtimeMs, ino]);
    const known = this.#digests.get(key);
    if (known !== undefined) return known;
    const digest = sha256OfFile(path, signal);
    this.#digests.set(key, digest);
    // Who comes next tries again.
    digest.catch(() => this.#digests.delete(key));
    return digest;
  }
}
