import { type FileHandle, open, rm } from 'node:fs/promises';
import { compareReflectIds, describe, SrvauError } from '@srvau/contracts';

interface Place {
  id: string;
  offset: number;
  bytes: number;
  /** Where the line came from, for messages. */
  from: string;
}

const BATCH_BYTES = 1024 * 1024;

/** Lines that come in any order and go in the order of their ids. They wait in a file; memory holds ids and places. */
export class SortedLines implements AsyncDisposable {
  private readonly places: Place[] = [];
  private batch: Buffer[] = [];
  private batchBytes = 0;
  private end = 0;

  private constructor(
    private readonly path: string,
    private readonly handle: FileHandle,
  ) {}

  /** @param path of a file that is not there yet; it is removed in the end. */
  static async open(path: string): Promise<SortedLines> {
    return new SortedLines(path, await open(path, 'wx+'));
  }

  async add(id: string, value: unknown, from: string): Promise<void> {
    const line = Buffer.from(JSON.stringify(value));
    this.places.push({ id, offset: this.end, bytes: line.byteLength, from });
    this.end += line.byteLength;
    this.batch.push(line);
    this.batchBytes += line.byteLength;
    if (this.batchBytes >= BATCH_BYTES) await this.flush();
  }

  /** @throws SrvauError UNPROCESSABLE where an id is there twice, naming both places. */
  async *values(): AsyncGenerator {
    await this.flush();
    this.places.sort((a, b) => compareReflectIds(a.id, b.id));
    let last: Place | undefined;
    for (const place of this.places) {
      if (last?.id === place.id) {
        const expected = `an id that is not at ${last.from} too`;
        throw SrvauError.mismatch('UNPROCESSABLE', `${place.from}: id`, expected, describe(place.id));
      }
      last = place;
      const line = Buffer.alloc(place.bytes);
      await this.handle.read(line, 0, place.bytes, place.offset);
      yield JSON.parse(line.toString('utf8')) as unknown;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.handle.close();
    await rm(this.path, { force: true });
  }

  private async flush(): Promise<void> {
    await this.handle.writeFile(Buffer.concat(this.batch));
    this.batch = [];
    this.batchBytes = 0;
  }
}
