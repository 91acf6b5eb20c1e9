import { SrvauError } from '@srvau/contracts';
import { NativeError } from '@srvau/native';
import { errnoOf } from '@srvau/storage';

const ERRNOS: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
/** Native errors have no number of the system's, but its text in theirs. */
const TEXTS = /No space left on device|Disk quota exceeded|File too large/;

/** Does what writes to the run directory. @throws SrvauError UNPROCESSABLE where the disk is full; else as `work` */
export async function writing<T>(what: string, dir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const full = systemText(cause);
    if (full === undefined) throw cause;
    const received = `${full}; what was saved before is whole: make room, then resume the run`;
    throw SrvauError.mismatch('UNPROCESSABLE', dir, `room on the disk for ${what}`, received, { field: 'out', cause });
  }
}

/** What the system says of a disk that is full; undefined for any other failure. */
function systemText(error: unknown): string | undefined {
  if (ERRNOS.has(errnoOf(error) ?? '')) return (error as Error).message;
  return error instanceof NativeError ? TEXTS.exec(error.message)?.[0] : undefined;
}
