import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Changes when a file of a checkpoint is replaced or written to: a training may put the next one where the last one was.
 * Where nothing can be read it is empty, and opening will say so.
 */
export async function checkpointStamp(dir: string): Promise<string> {
  try {
    const names = (await readdir(dir)).sort();
    return JSON.stringify(await Promise.all(names.map(async (name) => [name, await stampOf(join(dir, name))])));
  } catch {
    return '';
  }
}

async function stampOf(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs } = await stat(path, { bigint: true });
  return `${dev}:${ino}:${size}:${mtimeNs}`;
}
