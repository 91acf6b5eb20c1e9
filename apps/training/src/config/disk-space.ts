import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type CheckpointConfig, type ComputeConfig, SrvauError } from '@srvau/contracts';
import { errnoOf } from '@srvau/storage';
import type { CheckpointShape } from './check-model';

/** AdamW's two moments, float32. */
const MOMENT_BYTES = 8;
/** Float32 copies of bfloat16 weights. */
const MASTER_BYTES = 4;

/** Bytes of one checkpoint of a run: weights, and what the optimizer knows beyond them. */
export function checkpointBytes({ weightBytes, bytesPerParameter }: CheckpointShape, compute: ComputeConfig): number {
  const parameters = weightBytes / bytesPerParameter;
  const isShort = (compute.dtype ?? (compute.device === 'cuda' ? 'bfloat16' : 'float32')) === 'bfloat16';
  const perParameter = (isShort ? 2 + MASTER_BYTES : 4) + MOMENT_BYTES;
  return parameters * perParameter;
}

/**
 * Refuses a run whose checkpoints the disk cannot hold: those kept, the best one, and the one that is written beside them.
 * One that goes on has its checkpoints already, and needs room for the next.
 * @throws SrvauError UNPROCESSABLE
 */
export async function requireSpace(
  out: string,
  bytes: number,
  { keepLast }: CheckpointConfig,
  isBegun: boolean,
): Promise<void> {
  const count = isBegun ? 1 : keepLast + 2;
  const { bavail, bsize } = await statfsOfPossiblyMissing(out);
  const free = bavail * bsize;
  if (free >= bytes * count) return;
  const what = count === 1 ? 'a checkpoint' : `${count} checkpoints of ${megabytes(bytes)} each`;
  const expected = `${megabytes(bytes * count, Math.ceil)} free, for ${what}`;
  throw SrvauError.mismatch('UNPROCESSABLE', out, expected, megabytes(free, Math.floor));
}

const megabytes = (bytes: number, round = Math.round): string => `${round(bytes / 1e5) / 10} MB`;

async function statfsOfPossiblyMissing(path: string): Promise<{ bavail: number; bsize: number }> {
  try {
    return await statfs(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT' || dirname(path) === path) throw error;
    return statfsOfPossiblyMissing(dirname(path));
  }
}
