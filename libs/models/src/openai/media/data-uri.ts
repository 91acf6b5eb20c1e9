import { open } from 'node:fs/promises';
import { SrvauError } from '@srvau/contracts';

/** What a file begins with, and what it then is. */
const KINDS: readonly { type: string; matches: (head: Buffer) => boolean }[] = [
  { type: 'image/jpeg', matches: (head) => head.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff])) },
  { type: 'image/png', matches: (head) => head.subarray(0, 8).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')) },
  { type: 'image/gif', matches: (head) => /^GIF8[79]a/.test(head.toString('latin1')) },
  { type: 'image/webp', matches: (head) => /^RIFF[^]{4}WEBP/.test(head.toString('latin1')) },
  { type: 'video/mp4', matches: (head) => /^[^]{4}ftyp/.test(head.toString('latin1')) },
  { type: 'video/webm', matches: (head) => head.subarray(0, 4).equals(Buffer.from([0x1a, 0x45, 0xdf, 0xa3])) },
  { type: 'video/x-msvideo', matches: (head) => /^RIFF[^]{4}AVI /.test(head.toString('latin1')) },
];

/**
 * A file as a `data:` URI. Only files that begin as a picture or a video do are read: no other may leave by this way.
 *
 * @throws SrvauError UNPROCESSABLE: missing, too large, of another kind
 */
export async function dataUri(file: string, kind: 'image' | 'video', maxBytes: number): Promise<string> {
  const shown = JSON.stringify(file);
  try {
    await using handle = await open(file, 'r');
    const found = await handle.stat();
    if (!found.isFile() || found.size > maxBytes) {
      const received = found.isFile() ? `${found.size} bytes` : 'something else';
      throw mismatch(shown, `a file of at most ${maxBytes} bytes`, received);
    }
    const bytes = await handle.readFile();
    const type = KINDS.find(({ matches }) => matches(bytes.subarray(0, 16)))?.type;
    if (type?.startsWith(`${kind}/`) !== true) {
      const expected = kind === 'image' ? 'a JPEG, PNG, WebP or GIF picture' : 'an MP4, WebM, Matroska or AVI video';
      throw mismatch(shown, expected, type ?? 'a file of another kind');
    }
    return `data:${type};base64,${bytes.toString('base64')}`;
  } catch (error) {
    if (error instanceof SrvauError) throw error;
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw mismatch(shown, `a readable ${kind}`, reason, error);
  }
}

function mismatch(file: string, expected: string, received: string, cause?: unknown): SrvauError {
  return SrvauError.mismatch('UNPROCESSABLE', file, expected, received, { cause });
}
