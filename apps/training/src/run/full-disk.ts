import { SrvauError } from '@srvau/contracts';
import { NativeError } from '@srvau/native';
import { errnoOf } from '@srvau/storage';

const ERRNOS: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
/** Native errors have no number of the system's, but its text at the end of theirs. */
const TEXTS = /No space left on device|Disk quota exceeded|File too large/;

/** Does what writes to the run directory. @throws SrvauError UNPROCESSABLE where the disk is full; else as `work` */
export async function writing<T>(what: string, dir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!isFullDisk(cause)) throw cause;
    const expected = `room on the disk for ${what}`;
    const received = `${(cause as Error).message}; the last checkpoint is whole: make room, then resume the run`;
    throw SrvauError.mismatch('UNPROCESSABLE', dir, expected, received, { field: 'out', cause });
  }
}

const isFullDisk = (error: unknown): boolean =>
  ERRNOS.has(errnoOf(error) ?? '') || (error instanceof NativeError && TEXTS.test(error.message));
