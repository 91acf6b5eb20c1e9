import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { SrvauError, describe } from '@srvau/contracts';
import { ensureDirectory, statOrNull, syncDirectory } from '../atomic/durable';
import { removeDirectory, writeDirectoryAtomic } from '../atomic/replace-directory';
import { errnoOf } from '../errno';

export interface Checkpoint {
  /** Optimizer steps done when it was written. */
  step: number;
  path: string;
}

export interface Retention {
  /** The newest ones to keep; at least 1. */
  keepLast: number;
  /** Also keep every step that this divides, but the one a run begins at. */
  keepEvery?: number;
  /** Also keep these steps, e.g. that of the best checkpoint. */
  spare?: readonly number[];
}

const NAME = /^step-(\d{6,})$/;

/** `step-000120`; six digits make names sort as numbers up to a million steps, more digits follow when needed. */
export function stepName(step: number): string {
  if (Number.isSafeInteger(step) && step >= 0) return `step-${String(step).padStart(6, '0')}`;
  const expected = 'a whole number from 0';
  const received = describe(step);
  throw SrvauError.mismatch('INVALID_REQUEST', 'step', expected, received);
}

/** The `checkpoints/` directory of a run. What is listed is whole: checkpoints are written beside and renamed. */
export class Checkpoints {
  constructor(readonly dir: string) {}

  /**
   * Writes the checkpoint of one step; one that is there for the same step is replaced.
   * @param fill writes weights, optimizer, random state and data position into the directory it is given.
   */
  async write(step: number, fill: (dir: string) => Promise<void>): Promise<Checkpoint> {
    const path = join(this.dir, stepName(step));
    await ensureDirectory(this.dir);
    await writeDirectoryAtomic(path, fill);
    return { step, path };
  }

  /** All checkpoints by ascending step. */
  async list(): Promise<Checkpoint[]> {
    let names: string[];
    try {
      names = await readdir(this.dir);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    }
    return names
      .flatMap((name) => {
        const step = NAME.exec(name)?.[1];
        return step === undefined ? [] : [{ step: Number(step), path: join(this.dir, name) }];
      })
      .sort((a, b) => a.step - b.step);
  }

  /** The newest checkpoint, or null. */
  async latest(): Promise<Checkpoint | null> {
    return (await this.list()).at(-1) ?? null;
  }

  /** Gives a checkpoint that is damaged a name under which it is no checkpoint, in place of any that has it. */
  async setAside({ path }: Checkpoint): Promise<string> {
    const aside = `${path}.damaged`;
    if ((await statOrNull(aside)) !== null) await removeDirectory(aside);
    await rename(path, aside);
    await syncDirectory(this.dir);
    return aside;
  }

  /** Removes what the retention does not keep. @returns the removed ones. */
  async prune({ keepLast, keepEvery, spare = [] }: Retention): Promise<Checkpoint[]> {
    const all = await this.list();
    const newest = new Set(all.slice(-Math.max(1, keepLast)));
    const isKept = (c: Checkpoint): boolean =>
      newest.has(c) || spare.includes(c.step) || (keepEvery !== undefined && c.step > 0 && c.step % keepEvery === 0);
    const doomed = all.filter((c) => !isKept(c));
    for (const { path } of doomed) await removeDirectory(path);
    return doomed;
  }
}
