import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureDirectory } from '../atomic/durable';
import { errnoOf } from '../errno';
import { stepName } from './checkpoints';

const NAME = /^step-(?<step>\d{6,})(?:-rank-(?<rank>\d+))?\.parquet$/;

/** A file of samples. */
export interface SamplesFile {
  step: number;
  /** Of the process that wrote it; 0 where there was one alone. */
  rank: number;
  path: string;
}

/** The `samples/` directory of a run: `step-000120.parquet`, of further ranks `step-000120-rank-1.parquet`. */
export class Samples {
  constructor(readonly dir: string) {}

  /** Where those of a step go; the directory is there afterwards. */
  async pathFor(step: number, rank = 0): Promise<string> {
    await ensureDirectory(this.dir);
    return join(this.dir, `${stepName(step)}${rank === 0 ? '' : `-rank-${rank}`}.parquet`);
  }

  /** By step, then rank. */
  async list(): Promise<SamplesFile[]> {
    let names: string[];
    try {
      names = await readdir(this.dir);
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return [];
      throw error;
    }
    return names
      .flatMap((name) => {
        const match = NAME.exec(name)?.groups;
        if (match === undefined) return [];
        return [{ step: Number(match['step']), rank: Number(match['rank'] ?? 0), path: join(this.dir, name) }];
      })
      .sort((a, b) => a.step - b.step || a.rank - b.rank);
  }

  /** Removes those after `step`. */
  async rewind(step: number): Promise<void> {
    for (const file of await this.list()) if (file.step > step) await rm(file.path, { force: true });
  }
}
