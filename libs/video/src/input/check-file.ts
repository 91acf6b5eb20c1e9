import type { BigIntStats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { VideoError } from '../errors';
import type { VideoLimits } from '../limits';

/** A file that passed the checks, with what identifies its present content. */
export interface CheckedFile {
  /** Absolute path, handed to ffmpeg. */
  path: string;
  sizeBytes: number;
  /** Changes when the file is replaced or written to. */
  identity: string;
}

/**
 * Refuses whatever is not a regular file of acceptable size, without opening it: opening a FIFO would block for ever
 * and opening a device may have effects. A symbolic link is followed; which folders may be read is the caller's rule.
 */
export async function checkFile(file: string, limits: Pick<VideoLimits, 'maxBytes'>): Promise<CheckedFile> {
  const path = resolve(file);
  let found: BigIntStats;
  try {
    found = await stat(path, { bigint: true });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const received = code === 'ENOENT' || code === 'ENOTDIR' ? 'no such file' : `a path that cannot be read (${code})`;
    throw new VideoError('missing', file, 'an existing file', received, error);
  }
  if (!found.isFile()) throw new VideoError('not-a-file', file, 'a regular file', kindOf(found));
  if (found.size === 0n) throw new VideoError('empty-file', file, 'a video file', 'a file of 0 bytes');
  if (found.size > BigInt(Math.floor(limits.maxBytes))) {
    throw new VideoError('too-large', file, `at most ${limits.maxBytes} bytes`, `${found.size} bytes`);
  }
  return {
    path,
    sizeBytes: Number(found.size),
    identity: `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}`,
  };
}

function kindOf(stats: BigIntStats): string {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a FIFO';
  if (stats.isSocket()) return 'a socket';
  return 'a device';
}
