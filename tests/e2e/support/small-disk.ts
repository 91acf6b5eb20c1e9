import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A file system that is soon full. It takes the right to mount one. */
export class SmallDisk {
  private constructor(private readonly dir: string) {}

  /** @returns undefined, with a line that says so, where this process may not mount anything. */
  static async mount(dir: string, size: string): Promise<SmallDisk | undefined> {
    await mkdir(dir);
    try {
      await run('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', dir]);
    } catch (error) {
      console.warn(`not tested: a full disk, which takes the right to mount one (${String(error).split('\n')[0]})`);
      return undefined;
    }
    return new SmallDisk(dir);
  }

  async enlarge(size: string): Promise<void> {
    await run('mount', ['-o', `remount,size=${size}`, this.dir]);
  }

  async unmount(): Promise<void> {
    await run('umount', ['--lazy', this.dir]);
  }
}
