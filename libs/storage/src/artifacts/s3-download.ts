import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Readable } from 'node:stream';
import { SrvauError } from '@srvau/contracts';
import { throwIfAborted } from '../abort';
import { writeAtomicWith } from '../atomic/atomic-file';
import { ensureDirectory, statOrNull } from '../atomic/durable';
import type { ArtifactStat, LocalCopyOptions } from './backend';
import { artifactError, fromFileError } from './errors';
import { fromS3Error } from './s3-errors';

/** How often a body may break off without a single new byte before the download is given up. */
const MAX_BARREN_TRIES = 3;

export interface Download {
  stat: ArtifactStat;
  /** Names the server: equal buckets on two servers are different. */
  origin: string;
  cacheDir: string;
  options: LocalCopyOptions;
  /** The object's bytes from `start` to its end, and only while its ETag is the one in `stat`. */
  fetchFrom(start: number): Promise<Readable>;
}

/**
 * Path of a complete local copy, downloaded unless the cache holds this version already.
 *
 * A body that breaks off is continued where it stopped. The file appears under its name only when its size is the
 * object's size, so that a copy that is there is a whole one; two processes that download at once both succeed.
 */
export async function downloadOnce({ stat, origin, cacheDir, options, fetchFrom }: Download): Promise<string> {
  const { maxBytes, signal } = options;
  if (maxBytes !== undefined && stat.size > maxBytes) {
    throw artifactError('PAYLOAD_TOO_LARGE', stat.uri, `at most ${maxBytes} bytes`, `${stat.size} bytes`);
  }
  const path = cachePath(stat, origin, cacheDir);
  if ((await statOrNull(path))?.size === stat.size) return path;
  await ensureDirectory(cacheDir);
  await writeAtomicWith(path, async (temporary) => {
    const file = await open(temporary, 'wx');
    try {
      for (let at = 0, barren = 0; at < stat.size;) {
        throwIfAborted(signal);
        const before = at;
        try {
          at += await appendTo(file, await fetchFrom(at), stat, at);
        } catch (error) {
          const mapped = fromS3Error(fromFileError(error, stat.uri), stat.uri, signal);
          at = (await file.stat()).size;
          barren = at > before ? 0 : barren + 1;
          if (!mapped.retryable || barren >= MAX_BARREN_TRIES) throw mapped;
        }
      }
    } finally {
      await file.close();
    }
  });
  return path;
}

/** Appends a body that should be the rest of the object. @returns its bytes. */
async function appendTo(file: FileHandle, body: Readable, stat: ArtifactStat, at: number): Promise<number> {
  let received = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    received += chunk.byteLength;
    if (at + received > stat.size) {
      throw artifactError('CONFLICT', stat.uri, `${stat.size} bytes`, 'more: the object changed during the download');
    }
    await file.writeFile(chunk);
  }
  if (at + received < stat.size) {
    throw new SrvauError('UNAVAILABLE', `${stat.uri}: the body ended after ${at + received} of ${stat.size} bytes`);
  }
  return received;
}

/** The extension is kept, because media tools look at it. */
function cachePath(stat: ArtifactStat, origin: string, cacheDir: string): string {
  const version = JSON.stringify([origin, stat.uri, stat.etag ?? stat.modifiedAt, stat.size]);
  const extension = /^\.[A-Za-z0-9]{1,8}$/.exec(posix.extname(stat.uri))?.[0] ?? '';
  return join(cacheDir, `${createHash('sha256').update(version).digest('hex')}${extension}`);
}
