import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { SrvauError } from '@srvau/contracts';
import type { MediaItem } from './media';

/**
 * Local path of an image or a video, under the caller's own rules on what may be read; its errors reach the caller.
 */
export type MediaPath = (item: MediaItem, signal: AbortSignal) => Promise<string>;

/** Takes `file:` URIs, wherever they lead, and refuses others. */
export const localFile: MediaPath = ({ uri }) => {
  if (uri.startsWith('file:///')) return Promise.resolve(fileURLToPath(uri));
  return Promise.reject(SrvauError.mismatch('INVALID_REQUEST', 'media', 'a file:///… URI', uri));
};

/** Changes when the file is replaced or written to. Where there is none, reading it will say so. */
export async function identityOf(file: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs } = await stat(file, { bigint: true });
    return `${dev}:${ino}:${size}:${mtimeNs}`;
  } catch {
    return file;
  }
}

/** A fault of one image or video, with where in the request it stands. A reason to abort is no fault of it. */
export function atField(error: unknown, field: string): unknown {
  if (!(error instanceof SrvauError) || error.code === 'CANCELLED') return error;
  const details = error.details.map((detail) => ({ ...detail, field }));
  return new SrvauError(error.code, `${field}: ${error.message}`, { details, cause: error });
}
