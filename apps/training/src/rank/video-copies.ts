import { readdir, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { MediaPath } from '@srvau/models';
import { type ArtifactStore, errnoOf, isTemporaryName, sweepStale } from '@srvau/storage';

/** A copy that was asked for so lately may be about to be opened, by this rank or another one. */
const GRACE_MS = 10 * 60_000;

export interface VideoCopiesOptions {
  /** Shared with the other ranks of this machine. */
  readonly dir: string;
  /** Of all copies together; may be passed for a while by those that are in use. */
  readonly mostBytes: number;
  readonly graceMs?: number;
}

interface Copy {
  readonly path: string;
  readonly bytes: number;
  readonly usedAt: number;
}

/**
 * Videos as this process may read them: files below its roots as they are, S3 objects as copies that are there for the next
 * epoch too, those unused for longest removed for others.
 */
export class VideoCopies {
  /** Copies that this process has met: a further use of them adds nothing to the disk. */
  readonly #met = new Set<string>();
  #trimming: Promise<void> | undefined;

  constructor(
    private readonly store: Pick<ArtifactStore, 'localCopy'>,
    private readonly options: VideoCopiesOptions,
  ) {}

  readonly path: MediaPath = async ({ uri }, signal) => {
    const copy = await this.store.localCopy(uri, this.options.dir, { signal });
    if (uri.startsWith('file:')) return copy;
    // Its time says when it was used last. Another rank may have removed it just now.
    const path = (await touched(copy)) ? copy : await this.store.localCopy(uri, this.options.dir, { signal });
    if (!this.#met.has(path)) {
      if (this.#met.size === 0) await sweepStale(this.options.dir);
      this.#met.add(path);
      await (this.#trimming ??= this.#trim().finally(() => (this.#trimming = undefined)));
    }
    return path;
  };

  async #trim(): Promise<void> {
    const { dir, mostBytes, graceMs = GRACE_MS } = this.options;
    const copies = (await copiesIn(dir)).sort((a, b) => a.usedAt - b.usedAt);
    let bytes = copies.reduce((sum, copy) => sum + copy.bytes, 0);
    const youngest = Date.now() - graceMs;
    for (const copy of copies) {
      if (bytes <= mostBytes || copy.usedAt > youngest) return;
      await rm(copy.path, { force: true });
      this.#met.delete(copy.path);
      bytes -= copy.bytes;
    }
  }
}

/** @returns whether it was there */
async function touched(path: string): Promise<boolean> {
  const now = new Date();
  try {
    await utimes(path, now, now);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function copiesIn(dir: string): Promise<Copy[]> {
  const copies: Copy[] = [];
  for (const name of await readdir(dir)) {
    if (isTemporaryName(name)) continue;
    const path = join(dir, name);
    try {
      const { size: bytes, mtimeMs: usedAt } = await stat(path);
      copies.push({ path, bytes, usedAt });
    } catch (error) {
      // Another rank removed it.
      if (errnoOf(error) !== 'ENOENT') throw error;
    }
  }
  return copies;
}
