import { stat } from 'node:fs/promises';
import { SrvauError } from '@srvau/contracts';
import type { MediaPath } from '@srvau/models';
import { concurrently } from '@srvau/storage';
import { LeftOut } from './left-out';
import type { TrainingItem } from './training-item';

/** At a time: the disk may be a network's. */
const LOOKS = 16;

/**
 * Looks for every video file, so that one that is not there ends a run before its first step and not in its last hour. S3
 * objects are met when they are copied.
 *
 * @throws SrvauError UNPROCESSABLE with how many records lack theirs, by reason
 */
export async function checkVideos(
  items: readonly TrainingItem[],
  mediaPath: MediaPath,
  signal: AbortSignal,
): Promise<void> {
  const recordsOf = new Map<string, string[]>();
  for (const { id, videoUri } of items) {
    if (!videoUri.startsWith('file:')) continue;
    const known = recordsOf.get(videoUri);
    if (known === undefined) recordsOf.set(videoUri, [id]);
    else known.push(id);
  }
  const faulty = new LeftOut();
  await concurrently(recordsOf, LOOKS, signal, async ([uri, ids], linked) => {
    const fault = await faultOf(uri, mediaPath, linked);
    if (fault !== undefined) ids.forEach((id) => faulty.add(fault, id));
  });
  if (faulty.count === 0) return;
  const received = faulty.describe();
  throw SrvauError.mismatch('UNPROCESSABLE', 'data', 'videos that can be read, for every record', received);
}

async function faultOf(uri: string, mediaPath: MediaPath, signal: AbortSignal): Promise<string | undefined> {
  try {
    const stats = await stat(await mediaPath({ kind: 'video', uri, field: 'videoUri' }, signal));
    return stats.isFile() ? undefined : 'whose video is no file';
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof SrvauError && error.code !== 'NOT_FOUND') return `whose video cannot be read: ${error.code}`;
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'NOT_FOUND'
      ? 'whose video is not there'
      : `whose video cannot be read: ${code}`;
  }
}
