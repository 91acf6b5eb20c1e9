import { randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { VideoInfo } from '../probe';
import { frameName } from '../sampling/decode-arguments';
import type { FrameFormat } from '../sampling/settings';
import { ignoreMissing } from './ignore-missing';
import { activePins, addPin } from './pins';

/** `entry.json`: what an entry holds, written before the entry becomes visible. */
export interface EntryRecord {
  schema: 1;
  key: string;
  videoSha256: string;
  fps: number;
  format: FrameFormat;
  info: VideoInfo;
  truncated: boolean;
  warnings: string[];
  /** Size of each frame file, bytes: a missing or cut one is noticed without reading it. */
  frameBytes: number[];
}

const RECORD = 'entry.json';
const FRAMES = 'frames';
const HEX_KEY = /^[0-9a-f]{64}$/;

/**
 * Directory layout of the cache. Everything becomes visible, and goes, by one rename:
 *
 *     entries/<key[0..2]>/<key>/entry.json   its mtime is the time of last use
 *                               frames/000000.jpg …
 *                               pins/<expiry>-<random>
 *     tmp/<random>/                          entries in the making or on their way out
 */
export class EntryStore {
  constructor(readonly root: string) {}

  framesDir(key: string): string {
    return join(this.entryDir(key), FRAMES);
  }

  entryDir(key: string): string {
    return join(this.root, 'entries', key.slice(0, 2), key);
  }

  /** A new private directory to build an entry in. */
  async scratch(): Promise<{ dir: string; framesDir: string }> {
    const dir = join(this.root, 'tmp', randomUUID());
    await mkdir(dir, { recursive: true });
    return { dir, framesDir: join(dir, FRAMES) };
  }

  /**
   * Pins an entry, then checks that it is whole. In this order: from the pin on nobody evicts it.
   * @returns the record and the pin to remove; undefined when the entry is absent or damaged.
   */
  async open(key: string, leaseMs: number): Promise<{ record: EntryRecord; unpin: () => Promise<void> } | undefined> {
    const dir = this.entryDir(key);
    const unpin = await addPin(dir, leaseMs);
    if (unpin === undefined) return undefined;
    const record = await this.read(dir, key);
    if (record === undefined || !(await isWhole(join(dir, FRAMES), record))) {
      await unpin();
      return undefined;
    }
    const now = new Date();
    await utimes(join(dir, RECORD), now, now).catch(ignoreMissing);
    return { record, unpin };
  }

  /** Makes a built entry visible. When another process was faster its entry stays; a damaged one is replaced. */
  async publish(scratch: string, record: EntryRecord): Promise<void> {
    await writeFile(join(scratch, RECORD), JSON.stringify(record), { flush: true });
    await mkdir(join(scratch, 'pins'));
    const dir = this.entryDir(record.key);
    await mkdir(join(dir, '..'), { recursive: true });
    if (await renamed(scratch, dir)) return;
    const present = await this.read(dir, record.key);
    if (present !== undefined && (await isWhole(join(dir, FRAMES), present))) return;
    await this.discard(dir);
    // Should yet another process have put a whole one there in between, that one serves as well.
    await renamed(scratch, dir);
  }

  /** Every entry with its size and time of last use; damaged ones count as never used. */
  async *list(): AsyncGenerator<{ key: string; bytes: number; usedMs: number }> {
    for (const shard of await names(join(this.root, 'entries'))) {
      for (const key of await names(join(this.root, 'entries', shard))) {
        if (!HEX_KEY.test(key)) continue;
        const dir = this.entryDir(key);
        const [record, stats] = await Promise.all([this.read(dir, key), stat(join(dir, RECORD)).catch(ignoreMissing)]);
        const bytes = record?.frameBytes.reduce((sum, size) => sum + size, 0) ?? 0;
        yield { key, bytes, usedMs: record === undefined ? 0 : (stats?.mtimeMs ?? 0) };
      }
    }
  }

  /** @returns false when the entry is pinned and stays. */
  async evict(key: string): Promise<boolean> {
    const dir = this.entryDir(key);
    if ((await activePins(dir)) > 0) return false;
    const { dir: aside } = await this.scratch();
    if (!(await renamed(dir, aside))) return false;
    // Pinned between the look and the rename: put it back, unless it has been remade already.
    if ((await activePins(aside)) > 0 && (await renamed(aside, dir))) return false;
    await rm(aside, { recursive: true, force: true });
    return true;
  }

  /** Removes what dead processes left in `tmp/`: directories untouched for `olderThanMs`. */
  async sweep(olderThanMs: number): Promise<void> {
    for (const name of await names(join(this.root, 'tmp'))) {
      const dir = join(this.root, 'tmp', name);
      const stats = await stat(dir).catch(ignoreMissing);
      if (stats !== undefined && Date.now() - stats.mtimeMs > olderThanMs) {
        await rm(dir, { recursive: true, force: true });
      }
    }
  }

  private async discard(dir: string): Promise<void> {
    const { dir: aside } = await this.scratch();
    await renamed(dir, aside);
    await rm(aside, { recursive: true, force: true });
  }

  private async read(dir: string, key: string): Promise<EntryRecord | undefined> {
    const text = await readFile(join(dir, RECORD), 'utf8').catch(ignoreMissing);
    if (text === undefined) return undefined;
    try {
      const record = JSON.parse(text) as EntryRecord;
      return record.schema === 1 && record.key === key && Array.isArray(record.frameBytes) ? record : undefined;
    } catch {
      // Cut by a crash of the machine: as good as absent.
      return undefined;
    }
  }
}

async function isWhole(framesDir: string, record: EntryRecord): Promise<boolean> {
  const sizes = await Promise.all(
    record.frameBytes.map(async (_, index) => {
      const stats = await stat(join(framesDir, frameName(index, record.format))).catch(ignoreMissing);
      return stats?.isFile() === true ? stats.size : undefined;
    }),
  );
  return sizes.length > 0 && sizes.every((size, index) => size === record.frameBytes[index]);
}

/** @returns false when the source has gone or the target is taken. */
async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) return false;
    throw error;
  }
}

async function names(dir: string): Promise<string[]> {
  return (await readdir(dir).catch(ignoreMissing)) ?? [];
}
