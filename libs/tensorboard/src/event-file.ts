import { open, readdir, rm, stat, truncate, type FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { versionEvent } from './events';

const NAME = /^events\.out\.tfevents\.\d+\./;

/** Whether a file of this name is one that TensorBoard reads. */
export const isEventFileName = (name: string): boolean => NAME.test(name);

export interface EventFileOptions {
  /** When it is begun, milliseconds since 1970; part of its name. By default now. */
  readonly at?: number;
  /** Of this machine by default. */
  readonly host?: string;
}

/** An event file with one writer. What is in it can be made again, so nothing waits for the disk. */
export class EventFile implements AsyncDisposable {
  private tail: Promise<void> = Promise.resolve();

  private constructor(
    readonly path: string,
    private readonly handle: FileHandle,
    private bytes: number,
  ) {}

  /**
   * Begins one in `dir` in place of those that are there, so that nobody who reads them all reads a step twice. The last one
   * stays behind empty: a TensorBoard that has it open would not get past a file that is gone.
   */
  static async replaceIn(dir: string, options: EventFileOptions = {}): Promise<EventFile> {
    const { at = Date.now(), host = hostname() } = options;
    for (const name of await readdir(dir)) if (isEventFileName(name)) await clear(join(dir, name));
    const path = join(dir, `events.out.tfevents.${Math.floor(at / 1000)}.${host}`);
    const file = new EventFile(path, await open(path, 'w'), 0);
    try {
      await file.append(versionEvent(at));
    } catch (error) {
      await file.close();
      throw error;
    }
    return file;
  }

  /**
   * Appends events, in the order of the calls.
   * @throws a system error when the disk refuses; no part of them stays
   */
  append(...events: readonly Uint8Array[]): Promise<void> {
    const written = this.tail.then(() => this.write(Buffer.concat(events)));
    // A failed append is its caller's to handle; the next one starts from whole records all the same.
    this.tail = written.catch(() => undefined);
    return written;
  }

  async close(): Promise<void> {
    await this.tail;
    await this.handle.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private async write(records: Buffer): Promise<void> {
    try {
      let done = 0;
      while (done < records.byteLength) {
        const { bytesWritten } = await this.handle.write(records, done, records.byteLength - done, this.bytes + done);
        done += bytesWritten;
      }
      this.bytes += records.byteLength;
    } catch (error) {
      await this.handle.truncate(this.bytes);
      throw error;
    }
  }
}

async function clear(path: string): Promise<void> {
  const { size } = await stat(path);
  await (size === 0 ? rm(path) : truncate(path));
}
