import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { errnoOf } from '@srvau/storage';

const NEWLINE = 0x0a;
const CHUNK_BYTES = 256 * 1024;

/** Reads whole lines of a file that somebody may still be appending to; each `read` goes on where the last one ended. */
export class LineReader<T> {
  private offset = 0;
  private line = 0;

  constructor(
    private readonly path: string,
    private readonly parse: (line: string, where: string) => T,
  ) {}

  async *read(): AsyncGenerator<T> {
    const handle = await open(this.path, 'r').catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (handle === undefined) return;
    try {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const parts: Buffer[] = [];
      let at = this.offset;
      for (;;) {
        const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, at);
        if (bytesRead === 0) return;
        at += bytesRead;
        let start = 0;
        for (let end = chunk.indexOf(NEWLINE); end >= 0 && end < bytesRead; end = chunk.indexOf(NEWLINE, start)) {
          parts.push(chunk.subarray(start, end));
          const bytes = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
          parts.length = 0;
          this.offset += bytes.length + 1;
          this.line += 1;
          start = end + 1;
          yield this.parse(bytes.toString('utf8'), `${basename(this.path)}, line ${this.line}`);
        }
        if (start < bytesRead) parts.push(Buffer.from(chunk.subarray(start, bytesRead)));
      }
    } finally {
      await handle.close();
    }
  }
}
