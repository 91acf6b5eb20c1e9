import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson, REFLECT_FILES, type ReflectCard, SrvauError } from '@srvau/contracts';
import { inspectReflectDataset } from '@srvau/reflection-data';
import {
  ensureDirectory,
  errnoOf,
  isLockFileName,
  isTemporaryName,
  removeDirectory,
  sweepStale,
  writeJsonAtomic,
} from '@srvau/storage';
import { type BuiltFrom, inputsOf } from '../settings';
import { PlanDirectory } from './plan-directory';

const WORK = 'work';
const CLAIM = 'build.json';
const CLAIM_FORMAT = 'srvau-build';
const OWN_NAMES: ReadonlySet<string> = new Set([WORK, ...Object.values(REFLECT_FILES)]);

/** `work/build.json`: for what the directory is claimed. */
export interface BuildClaim extends BuiltFrom {
  readonly format: typeof CLAIM_FORMAT;
  /** The models as workers open them. */
  readonly uris: { readonly model: string; readonly teacher: string };
  /** Names the folder below `work/`. */
  readonly plan: string;
  readonly shards: number;
  readonly shardItems: number;
}

export type BuildState =
  { kind: 'empty' } | { kind: 'unfinished'; claim: BuildClaim } | { kind: 'complete'; card: ReflectCard };

/**
 * The directory of a build: `work/build.json` claims it, `work/<plan>/` holds what is done, and in the end D_reflect takes
 * its place, `dataset.json` last.
 */
export class BuildDirectory {
  readonly work: string;

  constructor(readonly path: string) {
    this.work = join(path, WORK);
  }

  plan(id: string): PlanDirectory {
    return new PlanDirectory(join(this.work, id));
  }

  /**
   * Looks without touching anything.
   * @throws SrvauError CONFLICT, naming what is there, when it is no directory or holds other people's files.
   */
  async state(): Promise<BuildState> {
    const names = (await this.entries()).filter((name) => !isTemporaryName(name) && !isLockFileName(name));
    const claim = await this.claimed();
    if (names.includes(REFLECT_FILES.card)) {
      const card = await inspectReflectDataset(this.path);
      // A dataset that is being added to still has the card of the former one for a moment.
      if (claim !== null && !isOf(card, claim)) return { kind: 'unfinished', claim };
      return { kind: 'complete', card };
    }
    if (claim !== null && names.every((name) => OWN_NAMES.has(name))) return { kind: 'unfinished', claim };
    // A kill before the claim leaves `work/` with the beginning of a plan.
    if (names.every((name) => name === WORK) && claim === null && (await this.isOwnWork())) return { kind: 'empty' };
    const shown = names
      .sort()
      .slice(0, 5)
      .map((name) => JSON.stringify(name))
      .join(', ');
    const received = names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
    throw SrvauError.mismatch('CONFLICT', this.path, 'a new or empty directory, or a build of the same', received);
  }

  /** The claim of whoever builds here now; null where nobody does. */
  async claimed(): Promise<BuildClaim | null> {
    try {
      const claim = JSON.parse(await readFile(join(this.work, CLAIM), 'utf8')) as Partial<BuildClaim> | null;
      return claim?.format === CLAIM_FORMAT ? (claim as BuildClaim) : null;
    } catch (error) {
      // Not JSON: we write it whole or not at all, so it is not ours.
      if (errnoOf(error) === 'ENOENT' || errnoOf(error) === 'ENOTDIR' || error instanceof SyntaxError) return null;
      throw error;
    }
  }

  /** Claims the directory for a plan that is on disk, and lets go of all others. The caller holds its lock. */
  async claim(content: Omit<BuildClaim, 'format'>): Promise<BuildClaim> {
    const claim: BuildClaim = { format: CLAIM_FORMAT, ...content };
    await writeJsonAtomic(join(this.work, CLAIM), claim);
    await this.removeOtherPlans(claim.plan);
    return claim;
  }

  /** Before a plan is laid: takes away what kills have left of unfinished ones. */
  async prepare(plan: string | null): Promise<void> {
    await ensureDirectory(this.work);
    await sweepStale(this.path, { olderThanMs: 0 });
    await sweepStale(this.work, { olderThanMs: 0 });
    await this.removeOtherPlans(plan);
  }

  /** The dataset is no dataset while it is being added to. */
  async withdraw(): Promise<void> {
    await rm(join(this.path, REFLECT_FILES.card), { force: true });
  }

  /** After the dataset was written. */
  async removeWork(): Promise<void> {
    if ((await this.entries()).includes(WORK)) await removeDirectory(this.work);
    await sweepStale(this.path, { olderThanMs: 0 });
  }

  private async removeOtherPlans(plan: string | null): Promise<void> {
    for (const name of await readdir(this.work)) {
      if (name !== plan && name !== CLAIM) await rm(join(this.work, name), { recursive: true, force: true });
    }
  }

  private async isOwnWork(): Promise<boolean> {
    try {
      const names = await readdir(this.work);
      return names.every((name) => isTemporaryName(name) || /^[0-9a-f]{16}$/.test(name));
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return true;
      if (errnoOf(error) === 'ENOTDIR') return false;
      throw error;
    }
  }

  private async entries(): Promise<string[]> {
    try {
      return await readdir(this.path);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      if (errnoOf(error) === 'ENOTDIR') throw SrvauError.mismatch('CONFLICT', this.path, 'a directory', 'a file');
      throw error;
    }
  }
}

/** Whether a dataset is what a claim was made for. */
function isOf({ inputs }: ReflectCard, claim: BuildClaim): boolean {
  return canonicalJson(inputs) === canonicalJson(inputsOf(claim));
}
