import { rm } from 'node:fs/promises';
import { type ArtifactStore, fileUri, parseArtifactUri } from '@srvau/storage';
import { DEFAULT_VIDEO_LIMITS, VideoError } from '@srvau/video';

/** A video under a `file:` URI, for as long as it is not disposed of. */
export interface LocalVideo extends AsyncDisposable {
  readonly uri: string;
}

interface Copy {
  path: Promise<string>;
  users: number;
}

/** Videos as models can read them: a file as it is, an S3 object as a copy that is there while somebody uses it. */
export class LocalVideos {
  private readonly copies = new Map<string, Copy>();

  constructor(
    private readonly store: ArtifactStore,
    /** Directory of this process that copies lie in. */
    private readonly folder: string,
  ) {}

  /** @throws SrvauError of the artifact store; VideoError `too-large` before any of it is fetched */
  async open(uri: string, signal: AbortSignal): Promise<LocalVideo> {
    if (parseArtifactUri(uri).scheme === 'file') {
      // Whether it is there, and below the roots: a link may have been changed since the plan was made.
      const path = await this.store.resolveLocal(uri);
      await this.store.stat(uri);
      return { uri: fileUri(path), [Symbol.asyncDispose]: () => Promise.resolve() };
    }
    const { size } = await this.store.stat(uri);
    const { maxBytes } = DEFAULT_VIDEO_LIMITS;
    if (size > maxBytes) {
      throw new VideoError('too-large', uri, `at most ${maxBytes} bytes`, `${size} bytes`);
    }
    const known = this.copies.get(uri);
    const copy = known ?? { path: this.store.localCopy(uri, this.folder, { signal }), users: 0 };
    if (known === undefined) this.copies.set(uri, copy);
    copy.users += 1;
    try {
      return { uri: fileUri(await copy.path), [Symbol.asyncDispose]: () => this.release(uri, copy) };
    } catch (error) {
      await this.release(uri, copy);
      throw error;
    }
  }

  private async release(uri: string, copy: Copy): Promise<void> {
    copy.users -= 1;
    if (copy.users > 0) return;
    if (this.copies.get(uri) === copy) this.copies.delete(uri);
    const path = await copy.path.catch(() => undefined);
    if (path !== undefined) await rm(path, { force: true });
  }
}
