import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ArtifactStore, fileUri, parseArtifactUri } from '@srvau/storage';

interface Copy {
  path: Promise<string>;
  users: number;
}

/** Videos as models can read them: a file as it is, an S3 object as a copy that is there while somebody uses it. */
export class LocalVideos {
  private readonly copies = new Map<string, Copy>();

  constructor(
    private readonly store: ArtifactStore,
    /** State directory of this process. */
    private readonly home: string,
  ) {}

  /** @throws SrvauError of the artifact store */
  async open(uri: string, signal: AbortSignal): Promise<{ uri: string; release(): Promise<void> }> {
    if (parseArtifactUri(uri).scheme === 'file') {
      // Whether it is there, and below the roots: a link may have been changed since the plan was made.
      const path = await this.store.resolveLocal(uri);
      await this.store.stat(uri);
      return { uri: fileUri(path), release: () => Promise.resolve() };
    }
    const known = this.copies.get(uri);
    const copy = known ?? { path: this.store.localCopy(uri, join(this.home, 'build-videos'), { signal }), users: 0 };
    if (known === undefined) this.copies.set(uri, copy);
    copy.users += 1;
    try {
      return { uri: fileUri(await copy.path), release: () => this.release(uri, copy) };
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
