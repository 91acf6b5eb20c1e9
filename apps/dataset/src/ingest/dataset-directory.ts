import { readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DATASET_FILES, type DatasetCard, type DatasetInputs, SrvauError } from '@srvau/contracts';
import {
  ensureDirectory,
  errnoOf,
  fileUri,
  fromFileError,
  inspectDataset,
  isLockFileName,
  isTemporaryName,
  makeDirectories,
  removeDirectory,
  sweepStale,
  writeJsonAtomic,
} from '@srvau/storage';

/** What stands where a dataset is to be written. */
export type DirectoryState =
  | { kind: 'absent' }
  | { kind: 'empty' }
  | { kind: 'complete'; card: DatasetCard; leftovers: boolean }
  | { kind: 'unfinished'; inputs: DatasetInputs };

const WORK = 'work';
const INPUTS = 'inputs.json';
/** All that an unfinished ingest leaves. */
const OWN_NAMES: ReadonlySet<string> = new Set([WORK, ...Object.values(DATASET_FILES)]);

/**
 * The directory that an ingest writes, and the order in which it does so: `work/inputs.json` first, which claims the
 * directory for these inputs; then frames, each video's followed by its step in `work/`; the manifests; `dataset.json`,
 * which makes it a dataset; and away with `work/`.
 */
export class DatasetDirectory {
  readonly frames: string;
  readonly work: string;
  /** First directory that did not exist before, and all below it: what a refused ingest takes away again. */
  private firstMade: string | undefined;

  constructor(readonly path: string) {
    this.frames = join(path, DATASET_FILES.frames);
    this.work = join(path, WORK);
  }

  file(name: Exclude<keyof typeof DATASET_FILES, 'frames'>): string {
    return join(this.path, DATASET_FILES[name]);
  }

  /**
   * Looks without touching anything.
   * @throws SrvauError CONFLICT, naming what is there, when it is no directory or holds other people's files.
   */
  async state(): Promise<DirectoryState> {
    const all = await this.entries();
    if (all === null) return { kind: 'absent' };
    const names = all.filter((name) => !isTemporaryName(name) && !isLockFileName(name));
    const claimed = await this.claimedInputs();
    if (names.includes(DATASET_FILES.card)) {
      // A lock counts too: an ingest killed after its last write and before it gave the lock back leaves nothing else.
      const leftovers = claimed !== null || names.length < all.length;
      return { kind: 'complete', card: await inspectDataset(this.path), leftovers };
    }
    if (claimed !== null && names.every((name) => OWN_NAMES.has(name))) return { kind: 'unfinished', inputs: claimed };
    const strangers = await this.withoutEmptyWork(names);
    if (strangers.length === 0) return { kind: 'empty' };
    const shown = strangers
      .sort()
      .slice(0, 5)
      .map((name) => JSON.stringify(name))
      .join(', ');
    const received = strangers.length > 5 ? `${shown} and ${strangers.length - 5} more` : shown;
    throw SrvauError.mismatch(
      'CONFLICT',
      this.path,
      'a new or empty directory, or an ingest of the same inputs',
      received,
    );
  }

  /** Makes the directory, so that it can be locked. */
  async create(): Promise<void> {
    this.firstMade = await makeDirectories(this.path);
  }

  /** Claims the directory for these inputs. The caller holds its lock. */
  async claim(inputs: DatasetInputs): Promise<void> {
    await ensureDirectory(this.work);
    await sweepStale(this.path, { olderThanMs: 0 });
    // With its folders: a download that was cut short may take gigabytes.
    await sweepStale(this.work, { olderThanMs: 0, recursive: true });
    await writeJsonAtomic(join(this.work, INPUTS), inputs);
    // Not before: a directory with frames and no claim would be taken for somebody else's.
    await ensureDirectory(this.frames);
    await sweepStale(this.frames, { olderThanMs: 0 });
  }

  /** Makes a dataset of the directory: from here on it is complete, whatever happens. */
  async commit(card: DatasetCard, videoKeys: ReadonlySet<string>): Promise<void> {
    // Of a video that was changed between two runs the frames of the first are still there.
    for (const name of await readdir(this.frames)) {
      if (!videoKeys.has(name)) await rm(join(this.frames, name), { recursive: true, force: true });
    }
    await writeJsonAtomic(this.file('card'), card);
    await this.removeLeftovers();
  }

  async removeLeftovers(): Promise<void> {
    if ((await this.claimedInputs()) !== null) await removeDirectory(this.work);
    await sweepStale(this.path, { olderThanMs: 0 });
  }

  /** Removes everything an unfinished ingest has written. `work/`, which holds the claim, goes last. */
  async discard(): Promise<void> {
    const { manifestJsonl, manifestParquet, exclusions, frames } = DATASET_FILES;
    for (const name of [manifestJsonl, manifestParquet, exclusions, frames]) {
      await rm(join(this.path, name), { recursive: true, force: true });
    }
    // At once: steps that have lost their claim would be taken for those of the next ingest.
    await removeDirectory(this.work);
  }

  /** What a system error met in writing here means to the caller: a full disk, no permission. Others are passed on. */
  writeFault(error: unknown): unknown {
    // A write to an open file that fails names no path.
    const path = error !== null && typeof error === 'object' && 'path' in error ? String(error.path) : this.path;
    const isHere = `${path}/`.startsWith(`${this.path}/`);
    // Something that has vanished while we wrote is worth another attempt, which makes it anew.
    return isHere && errnoOf(error) !== 'ENOENT' ? fromFileError(error, fileUri(this.path)) : error;
  }

  /** After the lock was given back: removes the directories that `create` made, as far as they are empty. */
  async removeIfMade(): Promise<void> {
    if (this.firstMade === undefined) return;
    try {
      for (let dir = this.path; ; dir = dirname(dir)) {
        await rmdir(dir);
        if (dir === this.firstMade) return;
      }
    } catch (error) {
      // Somebody else has put something there since.
      if (errnoOf(error) !== 'ENOTEMPTY' && errnoOf(error) !== 'ENOENT') throw error;
    }
  }

  /** Names in the directory; null when there is no directory. */
  private async entries(): Promise<string[] | null> {
    try {
      return await readdir(this.path);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null;
      if (errnoOf(error) === 'ENOTDIR') throw SrvauError.mismatch('CONFLICT', this.path, 'a directory', 'a file');
      throw error;
    }
  }

  /** A kill between making `work/` and claiming it leaves it empty; one with anything in it is not ours. */
  private async withoutEmptyWork(names: readonly string[]): Promise<string[]> {
    if (names.length !== 1 || names[0] !== WORK) return [...names];
    try {
      const inside = await readdir(this.work);
      return inside.every(isTemporaryName) ? [] : [WORK];
    } catch (error) {
      if (errnoOf(error) === 'ENOTDIR') return [WORK];
      throw error;
    }
  }

  private async claimedInputs(): Promise<DatasetInputs | null> {
    try {
      return JSON.parse(await readFile(join(this.work, INPUTS), 'utf8')) as DatasetInputs;
    } catch (error) {
      // Not JSON: we write it whole or not at all, so it is not ours.
      if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR' || error instanceof SyntaxError) return null;
      throw error;
    }
  }
}

/**
 * @throws SrvauError CONFLICT, naming every difference, when a directory was made from other inputs. Where the annotation
 *   file lies does not matter, its bytes and its name do.
 */
export function assertSameInputs(dir: string, there: DatasetInputs, wanted: DatasetInputs): void {
  const before = comparable(there);
  const differences = Object.entries(comparable(wanted))
    .filter(([name, value]) => before[name] !== value)
    .map(([name, value]) => `${name} ${JSON.stringify(before[name] ?? null)} instead of ${JSON.stringify(value)}`);
  if (differences.length === 0) return;
  const expected = 'a new or empty directory, or an ingest of the same inputs';
  throw SrvauError.mismatch('CONFLICT', dir, expected, `an ingest with ${differences.join(', ')}`);
}

function comparable({ annotations, videos, settings }: DatasetInputs): Record<string, string | number | null> {
  return {
    'annotations.name': basename(annotations.uri),
    'annotations.sha256': annotations.sha256,
    'annotations.format': annotations.format,
    'videos.uri': videos.uri,
    ...Object.fromEntries(Object.entries(settings).map(([name, value]) => [`settings.${name}`, value])),
  };
}
