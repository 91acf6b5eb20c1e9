import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const NOT_INPUT = new Set(['node_modules', 'dist', 'build', '.nx']);

/**
 * Hash of the names and contents of files, whatever their times: a checkout, a copy and a cache give the same one.
 *
 * @param {string} root
 * @param {readonly string[]} paths files and folders, relative; an absent one is part of the hash too
 * @param {(path: string) => boolean} [accepts] which files below a folder count
 */
export function hashInputs(root, paths, accepts = () => true) {
  const hash = createHash('sha256');
  for (const path of paths) {
    for (const file of filesBelow(root, path, accepts)) {
      hash.update(`${file.length}:${file}`);
      const content = file.endsWith('\0absent') ? '' : readFileSync(join(root, file));
      hash.update(`${content.length}:`).update(content);
    }
  }
  return hash.digest('hex');
}

/**
 * @param {string} root
 * @param {string} path
 * @param {(path: string) => boolean} accepts
 * @returns {string[]} sorted
 */
function filesBelow(root, path, accepts) {
  const stats = statSync(join(root, path), { throwIfNoEntry: false });
  if (stats === undefined) return [`${path}\0absent`];
  if (!stats.isDirectory()) return [path];
  return readdirSync(join(root, path), { withFileTypes: true })
    .filter(({ name }) => !NOT_INPUT.has(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const below = `${path}/${entry.name}`;
      if (entry.isDirectory()) return filesBelow(root, below, accepts);
      return entry.isFile() && accepts(below) ? [below] : [];
    });
}

/**
 * Remembers in a file from what something was made. The file is gone while it is being made, so that an interrupted
 * make counts as not made.
 */
export class Stamp {
  /** @param {string} file */
  constructor(file) {
    this.file = file;
  }

  /** @returns {string | null} */
  read() {
    try {
      return readFileSync(this.file, 'utf8');
    } catch {
      return null;
    }
  }

  clear() {
    rmSync(this.file, { force: true });
  }

  /** @param {string} value */
  write(value) {
    mkdirSync(dirname(this.file), { recursive: true });
    writeFileSync(this.file, value);
  }
}
