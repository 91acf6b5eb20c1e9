import { createReadStream } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { SrvauError } from '@srvau/contracts';
import { fromFileError } from '@srvau/storage';

/** Far above any configuration or request, and below the longest string of JavaScript. */
const MAX_BYTES = 256 * 2 ** 20;

/**
 * Text of a file that a user named, without a byte order mark. What a shell's `<(…)` stands for is read to its end.
 *
 * @param path absolute
 * @throws SrvauError NOT_FOUND, FORBIDDEN …; UNPROCESSABLE for a named pipe; PAYLOAD_TOO_LARGE for what has no end, such
 *   as /dev/zero; the signal's reason
 */
export async function readInput(path: string, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    // Opening one waits for a writer, and Node cannot exit while it waits. `<(…)` is a link to a pipe that is open.
    if ((await lstat(path)).isFIFO()) throw SrvauError.mismatch('UNPROCESSABLE', path, 'a file', 'a named pipe');
    for await (const chunk of createReadStream(path, { signal }) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) throw SrvauError.mismatch('PAYLOAD_TOO_LARGE', path, `at most ${MAX_BYTES} bytes`, 'more');
      chunks.push(chunk);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw fromFileError(error, path);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}
