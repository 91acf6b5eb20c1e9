import { readdir, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf, Samples } from '@srvau/storage';
import type { TrainingRun } from '../run/run';

/** What a run has before its first step, `run.json` first: without it there is no run. */
const FILES = /^(run\.json|(metrics|timings|events)\.jsonl|events\.out\.tfevents\..*)$/;

/**
 * Takes a run back that has no checkpoint, so that its directory is free for the same request put right. What is not the run's
 * own stays. Called under the run's lock; where that is lost, the directory is left to whoever has it now.
 */
export async function abandonRun({ dir, signal }: Pick<TrainingRun, 'dir' | 'signal'>): Promise<void> {
  if (signal.aborted) return;
  const names = (await readdir(dir)).filter((name) => FILES.test(name));
  for (const name of names.sort((a, b) => Number(b === 'run.json') - Number(a === 'run.json'))) {
    await rm(join(dir, name), { force: true });
  }
  // Of steps that no checkpoint was reached after: nothing goes on from them.
  const samples = new Samples(join(dir, 'samples'));
  await samples.rewind(-1);
  for (const folder of [samples.dir, join(dir, 'checkpoints')]) await removeEmpty(folder);
}

async function removeEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (!['ENOENT', 'ENOTEMPTY', 'ENOTDIR'].includes(errnoOf(error) ?? '')) throw error;
  }
}
