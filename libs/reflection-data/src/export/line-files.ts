import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';

const BATCH_CHARS = 256 * 1024;

/** JSONL files of a directory, each made with its first line. */
export class LineFiles implements AsyncDisposable {
  private readonly files = new Map<string, { handle: FileHandle; batch: string; lines: number }>();

  constructor(private readonly dir: string) {}

  async add(name: string, value: unknown): Promise<void> {
    let file = this.files.get(name);
    if (file === undefined) {
      file = { handle: await open(join(this.dir, name), 'wx'), batch: '', lines: 0 };
      this.files.set(name, file);
    }
    file.batch += `${JSON.stringify(value)}\n`;
    file.lines += 1;
    if (file.batch.length < BATCH_CHARS) return;
    const { batch } = file;
    file.batch = '';
    await file.handle.writeFile(batch);
  }

  /** Writes what is left. @returns lines by name, in the order of the names. */
  async finish(): Promise<Record<string, number>> {
    for (const file of this.files.values()) await file.handle.writeFile(file.batch);
    return Object.fromEntries([...this.files].map(([name, { lines }]) => [name, lines]).sort());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { handle } of this.files.values()) await handle.close();
  }
}
