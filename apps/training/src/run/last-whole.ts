import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isObject, parseJson, SrvauError } from '@srvau/contracts';
import { type Checkpoint, errnoOf } from '@srvau/storage';
import type { ResumePoint } from './run';
import { requireWholeSafetensors } from './safetensors-file';
import { readResumePoint } from './train-state';

/** A checkpoint that a run cannot go on from. */
export interface Damaged {
  readonly checkpoint: Checkpoint;
  readonly error: SrvauError;
}

export interface LastWhole {
  readonly resume: ResumePoint | null;
  /** Newer ones, the newest first. */
  readonly damaged: readonly Damaged[];
}

/**
 * Where a run goes on: at the newest checkpoint that is whole. Checkpoints appear whole, so one that is not was damaged since:
 * by a disk, a copy that was cut off, or by hand.
 *
 * @param checkpoints in their order
 * @throws SrvauError UNPROCESSABLE, that of the newest, where there are some and all are damaged: a run is not begun anew unasked
 */
export async function lastWhole(checkpoints: readonly Checkpoint[]): Promise<LastWhole> {
  const damaged: Damaged[] = [];
  for (const checkpoint of checkpoints.toReversed()) {
    const found = await readWhole(checkpoint.path);
    if (!(found instanceof SrvauError)) return { resume: found, damaged };
    damaged.push({ checkpoint, error: found });
  }
  if (damaged[0] !== undefined) throw damaged[0].error;
  return { resume: null, damaged };
}

/** The fault where it is damaged; what the disk refuses to read is thrown, since it may be there again later. */
async function readWhole(dir: string): Promise<ResumePoint | SrvauError> {
  try {
    const resume = await readResumePoint(dir);
    for (const path of [...(await weightsOf(dir)), resume.optimizer]) await requireWholeSafetensors(path);
    await readJson(join(dir, 'config.json'));
    return resume;
  } catch (error) {
    if (error instanceof SrvauError) return error;
    const code = errnoOf(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    const { path = dir } = error as NodeJS.ErrnoException;
    return SrvauError.mismatch('UNPROCESSABLE', dir, `a checkpoint with ${path}`, 'none', { cause: error });
  }
}

/** One file, or the shards that an index names. */
async function weightsOf(dir: string): Promise<string[]> {
  if ((await readdir(dir)).includes('model.safetensors')) return [join(dir, 'model.safetensors')];
  const index = await readJson(join(dir, 'model.safetensors.index.json'));
  const shards = isObject(index) && isObject(index['weight_map']) ? Object.values(index['weight_map']) : [];
  return [...new Set(shards.map(String))].map((name) => join(dir, name));
}

const readJson = async (path: string): Promise<unknown> =>
  parseJson(await readFile(path, 'utf8'), path, 'UNPROCESSABLE');
