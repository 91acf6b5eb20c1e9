import { join } from 'node:path';
import { REFLECT_FILES, SrvauError } from '@srvau/contracts';
import { inspectReflectDataset } from '@srvau/reflection-data';

/**
 * Whether a directory is a finished D_reflect with something to train on. A rank reads its records.
 * @throws SrvauError NOT_FOUND, UNPROCESSABLE
 */
export async function checkData(dir: string): Promise<void> {
  const { statistics } = await inspectReflectDataset(dir);
  if (statistics.bySplit.train.records > 0) return;
  const where = join(dir, REFLECT_FILES.card);
  throw SrvauError.mismatch('UNPROCESSABLE', where, 'records in the split train', 'none');
}
