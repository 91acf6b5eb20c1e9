import { readdir } from 'node:fs/promises';
import { type SftConfig, type GrpoConfig, SrvauError, type TrainingKind } from '@srvau/contracts';
import { errnoOf, isLockFileName, isTemporaryName, RunDirectory, type RunRecord } from '@srvau/storage';
import { requireSameRun } from './same-run';

/**
 * Whether the run of a request may be written into a directory. Whether another process has it open, and whether model and data
 * are those of the run, is for rank 0 to see under the lock.
 *
 * @returns the run that is there, where the request goes on with it
 * @throws SrvauError NOT_FOUND: nothing to go on with. CONFLICT: another run, or something else
 */
export async function checkOut(
  dir: string,
  {
    kind,
    config,
    resume,
    mayBeOurs,
  }: { kind: TrainingKind; config: SftConfig | GrpoConfig; resume: boolean; mayBeOurs: boolean },
): Promise<RunRecord | null> {
  const record = await RunDirectory.readOrNull(dir);
  if (record === null) {
    if (resume) throw SrvauError.mismatch('NOT_FOUND', dir, 'a run to go on with', 'none');
    await requireEmpty(dir);
    return null;
  }
  if (!resume) {
    if (mayBeOurs) return record;
    throw SrvauError.mismatch('CONFLICT', dir, 'no run yet, or resume', `the run ${record.id}, which has begun`);
  }
  requireSameRun(record, { kind: `training.${kind}`, config, parents: [] });
  return record;
}

/** A run that was killed before its first word leaves its lock. */
async function requireEmpty(dir: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(dir);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return;
    if (errnoOf(error) !== 'ENOTDIR') throw error;
    throw SrvauError.mismatch('CONFLICT', dir, 'a directory', 'a file', { cause: error });
  }
  const other = names.find((name) => !isLockFileName(name) && !isTemporaryName(name));
  if (other !== undefined)
    throw SrvauError.mismatch('CONFLICT', dir, 'an empty directory, or none', `one with ${other}`);
}
