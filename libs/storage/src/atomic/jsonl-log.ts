import { open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncDirectory } from './durable';

const NEWLINE = 0x0a;
const SCAN_BYTES = 64 * 1024;

export interface JsonlLogOptions {
  /**
   * Make each line durable before `append` resolves. Default true. `together`: the same, but lines that are appended while
   * the disk is busy share its next sync, for many writers at once; one that cannot be synced may stay. False leaves it to
   * the system and `sync()`.
   */
  durable?: boolean | 'together';
}

/**
 * An append-only JSONL file with one writer. A line counts as written when its newline is there: what a killed writer
 * left after the last newline is cut off on opening, so a line is never glued to half of another.
 */
export class JsonlLog implements AsyncDisposable {
  private tail: Promise<unknown> = Promise.resolve();
  private syncing: Promise<void> | undefined;
  private next: Promise<void> | undefined;

  private constructor(
    readonly path: string,
    private readonly handle: FileHandle,
    private bytes: number,
    private readonly durable: boolean | 'together',
    /** Bytes of a torn last line that opening cut off; 0 after a clean end. */
    readonly recoveredBytes: number,
  ) {}

  /** Opens the file, which is made if it is not there, and cuts off a torn last line. */
  static async open(path: string, options: JsonlLogOptions = {}): Promise<JsonlLog> {
    // 'a+' creates and reads; appends go to the end of the file whatever was read.
    const handle = await open(path, 'a+');
    try {
      const { size } = await handle.stat();
      const whole = await lengthOfWholeLines(handle, size);
      if (whole < size) {
        await handle.truncate(whole);
        await handle.sync();
      }
      if (size === 0) await syncDirectory(dirname(path));
      return new JsonlLog(path, handle, whole, options.durable ?? true, size - whole);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /**
   * Appends one value as one line. Concurrent calls are written one after another, in the order of the calls.
   * @throws TypeError when the value has no JSON form; a system error when the disk refuses (no part of the line stays).
   */
  append(value: unknown): Promise<void> {
    const written = this.tail.then(() => this.write(value));
    // A failed append is its caller's to handle; the next one starts from a whole file all the same.
    this.tail = written.catch(() => undefined);
    return this.durable === 'together' ? written.then(() => this.syncTogether()) : written;
  }

  /** Makes everything appended so far durable. */
  async sync(): Promise<void> {
    await this.tail;
    await this.handle.datasync();
  }

  async close(): Promise<void> {
    await this.tail;
    await (this.next ?? this.syncing)?.catch(() => undefined);
    await this.handle.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private syncTogether(): Promise<void> {
    if (this.syncing === undefined) {
      this.syncing = this.handle.datasync().finally(() => (this.syncing = undefined));
      return this.syncing;
    }
    // The one under way may have begun before our line was written.
    this.next ??= this.syncing
      .catch(() => undefined)
      .then(() => {
        this.next = undefined;
        return this.syncTogether();
      });
    return this.next;
  }

  private async write(value: unknown): Promise<void> {
    const json = JSON.stringify(value) as string | undefined;
    if (json === undefined) throw new TypeError(`expected a JSON value for ${this.path}, received ${typeof value}`);
    const line = Buffer.from(`${json}\n`);
    try {
      await this.handle.appendFile(line);
      if (this.durable === true) await this.handle.datasync();
      this.bytes += line.byteLength;
    } catch (error) {
      await this.handle.truncate(this.bytes);
      throw error;
    }
  }
}

/** Offset just after the last newline, found from the end without reading the whole file. */
async function lengthOfWholeLines(handle: FileHandle, size: number): Promise<number> {
  const buffer = Buffer.alloc(Math.min(SCAN_BYTES, size));
  for (let end = size; end > 0;) {
    const start = Math.max(0, end - SCAN_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, end - start, start);
    const at = buffer.subarray(0, bytesRead).lastIndexOf(NEWLINE);
    if (at >= 0) return start + at + 1;
    end = start;
  }
  return 0;
}
