import { access, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { ensureDirectory, errnoOf, writeFileAtomic, writeJsonAtomic } from '@srvau/storage';
import type { ItemOutcome } from '../item/build-item';
import type { Shard } from './plan';
import type { Tally } from './tally';

const SHARDS = 'shards.jsonl';
const INDEX = 'shards.index.json';
const STOP = 'stop';
/** Sorts before the journals of this plan's own runs. */
const CARRIED = '0000-carried.jsonl';

/**
 * One plan on disk: `shards.jsonl`, what is to be done, a line a shard; `parts/000012/`, journals of what is done of one;
 * `done/000012.json`, which says that all of it is, and what came of it.
 */
export class PlanDirectory {
  constructor(readonly path: string) {}

  /** Lays the plan; the shards are pulled one at a time. @returns how many there are */
  async create(shards: Iterable<Shard>): Promise<number> {
    await ensureDirectory(join(this.path, 'parts'));
    await ensureDirectory(join(this.path, 'done'));
    const ends: number[] = [];
    const lines = function* (): Generator<Buffer> {
      let end = 0;
      for (const shard of shards) {
        const line = Buffer.from(`${JSON.stringify(shard)}\n`);
        end += line.length;
        ends.push(end);
        yield line;
      }
    };
    await writeFileAtomic(join(this.path, SHARDS), lines());
    await writeJsonAtomic(join(this.path, INDEX), ends);
    return ends.length;
  }

  /** @throws SrvauError NOT_FOUND: the plan has no such shard, or is gone. */
  async readShard(shard: number): Promise<Shard> {
    const missing = (received: string): SrvauError =>
      SrvauError.mismatch('NOT_FOUND', this.path, `shard ${shard} of a build's plan`, received);
    try {
      const ends = JSON.parse(await readFile(join(this.path, INDEX), 'utf8')) as number[];
      const start = shard === 0 ? 0 : ends[shard - 1];
      const end = ends[shard];
      if (start === undefined || end === undefined) throw missing(`a plan of ${ends.length}`);
      const handle = await open(join(this.path, SHARDS), 'r');
      try {
        const { buffer } = await handle.read(Buffer.alloc(end - start), 0, end - start, start);
        return JSON.parse(buffer.toString('utf8')) as Shard;
      } finally {
        await handle.close();
      }
    } catch (error) {
      throw errnoOf(error) === 'ENOENT' ? missing('a plan that is gone') : error;
    }
  }

  /** Folder of a shard's journals. */
  parts(shard: number): string {
    return join(this.path, 'parts', nameOf(shard));
  }

  /** Keeps what another plan has finished of this one's shard. */
  async carry(shard: number, outcomes: readonly ItemOutcome[]): Promise<void> {
    await ensureDirectory(this.parts(shard));
    const lines = outcomes.map((outcome) => `${JSON.stringify(outcome)}\n`);
    await writeFileAtomic(join(this.parts(shard), CARRIED), lines);
  }

  /** What came of a shard; null while it is not done. */
  async done(shard: number): Promise<Tally | null> {
    try {
      return JSON.parse(await readFile(this.doneFile(shard), 'utf8')) as Tally;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return null;
      throw error;
    }
  }

  async markDone(shard: number, tally: Tally): Promise<void> {
    await writeJsonAtomic(this.doneFile(shard), tally);
  }

  /** Tells workers to begin no further item, or that they may again. */
  async setStopped(stopped: boolean): Promise<void> {
    if (stopped) await writeFileAtomic(join(this.path, STOP), '');
    else await rm(join(this.path, STOP), { force: true });
  }

  async isStopped(): Promise<boolean> {
    try {
      await access(join(this.path, STOP));
      return true;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return false;
      throw error;
    }
  }

  private doneFile(shard: number): string {
    return join(this.path, 'done', `${nameOf(shard)}.json`);
  }
}

const nameOf = (shard: number): string => String(shard).padStart(6, '0');
