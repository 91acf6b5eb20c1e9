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
    /** Those that it stands in place of, empty. */
    private readonly emptied: readonly string[],
  ) {}

  /**
   * Begins one in `dir` in place of those that are there, so that nobody who reads them all reads a step twice. The last one
   * stays behind empty until this one is closed: a TensorBoard that has one open would not get past a file that is gone.
   */
  static async replaceIn(dir: string, options: EventFileOptions = {}): Promise<EventFile> {
    const { at = Date.now(), host = hostname() } = options;
    const emptied: string[] = [];
    for (const name of await readdir(dir)) {
      if (isEventFileName(name) && (await clear(join(dir, name)))) emptied.push(join(dir, name));
    }
    const path = join(dir, `events.out.tfevents.${Math.floor(at / 1000)}.${host}`);
    const file = new EventFile(path, await open(path, 'w'), 0, emptied);
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
    // By now a TensorBoard has gone over to this one.
    for (const path of this.emptied) if (path !== this.path) await rm(path, { force: true });
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

/** @returns whether it is still there, empty */
async function clear(path: string): Promise<boolean> {
  const { size } = await stat(path);
  await (size === 0 ? rm(path) : truncate(path));
  return size > 0;
}
