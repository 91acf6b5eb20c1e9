import { Readable } from 'node:stream';
import { abortable } from './abortable';

type Pieces = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/** The body of an upload, which remembers when it was the caller's data, and not the server, that failed. */
export class UploadSource {
  readonly body: Readable;
  failure: unknown;

  constructor(pieces: Pieces, signal: AbortSignal | undefined) {
    // Both ends: a consumer is told at once, and a source that never delivers is not waited for.
    if (pieces instanceof Readable) abortable(pieces, signal);
    this.body = abortable(Readable.from(this.watched(pieces), { objectMode: false }), signal);
  }

  private async *watched(pieces: Pieces): AsyncGenerator<Uint8Array> {
    try {
      for await (const piece of pieces) yield typeof piece === 'string' ? Buffer.from(piece) : piece;
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}

/** Views of at most `partBytes`, without copying. */
export function* inParts(bytes: Uint8Array, partBytes: number): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += partBytes) yield bytes.subarray(at, at + partBytes);
}
