import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '@srvau/storage';

const MAX_DEPTH = 6;
const NOT_OURS = new Set(['node_modules', 'checkpoints', 'samples']);

/**
 * Directories with a `run.json`, `root` included, by path. What lies in a run is not searched, nor are hidden folders and
 * links, which may lead in circles. A folder that may not be read is passed over.
 *
 * @throws ENOENT, ENOTDIR where `root` is no directory
 */
export async function findRuns(root: string): Promise<string[]> {
  const found: string[] = [];
  let level = [root];
  for (let depth = 0; depth <= MAX_DEPTH && level.length > 0; depth += 1) {
    const next: string[] = [];
    for (const dir of level) {
      const entries = await entriesOf(dir, depth === 0);
      if (entries.some((entry) => entry.name === 'run.json' && entry.isFile())) {
        found.push(dir);
        continue;
      }
      const folders = entries.filter(
        (entry) => entry.isDirectory() && !entry.name.startsWith('.') && !NOT_OURS.has(entry.name),
      );
      next.push(...folders.map(({ name }) => join(dir, name)));
    }
    level = next;
  }
  return found.sort();
}

async function entriesOf(dir: string, isRoot: boolean): Promise<Dirent[]> {
  try {
    return await readdir(dir, { withFileTypes: true });
  } catch (error) {
    if (!isRoot && ['EACCES', 'EPERM', 'ENOENT'].includes(errnoOf(error) ?? '')) return [];
    throw error;
  }
}
