import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { TrainingRun } from '../run/run';

/** What a run has before its first step, `run.json` first: without it there is no run. */
const FILES = /^(run\.json|(metrics|timings|events)\.jsonl|events\.out\.tfevents\..*)$/;

/**
 * Takes a run back that never began, so that its directory is free for the same request put right. Called under the run's lock.
 */
export async function abandonRun({ dir }: Pick<TrainingRun, 'dir'>): Promise<void> {
  const names = (await readdir(dir)).filter((name) => FILES.test(name));
  for (const name of names.sort((a, b) => Number(b === 'run.json') - Number(a === 'run.json'))) {
    await rm(join(dir, name), { force: true });
  }
}
