import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, normalize, sep } from 'node:path';
import { SrvauError, describe } from '@srvau/contracts';
import { errnoOf } from '../errno';
import { artifactError, fromFileError } from './errors';
import { type FileUri, formatUri } from './uri';

/** The directories below which this process may touch files. */
export class FileRoots {
  private readonly roots: readonly string[];

  /** @throws SrvauError INVALID_REQUEST when a root is not an absolute path. */
  constructor(roots: readonly string[]) {
    for (const root of roots) {
      if (!isAbsolute(root) || root.includes('\0')) {
        const expected = 'an absolute path';
        const received = describe(root);
        throw SrvauError.mismatch('INVALID_REQUEST', 'file roots', expected, received, { field: 'fileRoots' });
      }
    }
    this.roots = roots.map((root) => normalize(root));
  }

  /**
   * The real path of a `file:` URI; what it names need not exist yet. Links are followed, and the path they lead to
   * must be below a root again; the roots themselves may be links.
   *
   * @throws SrvauError FORBIDDEN without a look at the disk when the path as written is outside, so that an answer
   * never tells what exists there.
   */
  async resolve(uri: FileUri): Promise<string> {
    const name = formatUri(uri);
    const real = await Promise.all(this.roots.map(realOrSame));
    const all = [...this.roots, ...real];
    if (!all.some((root) => isBelow(uri.path, root))) throw this.outside(name, 'a path outside them');
    let path: string;
    try {
      path = await realpathOfPossiblyMissing(uri.path);
    } catch (error) {
      throw fromFileError(error, name);
    }
    if (!real.some((root) => isBelow(path, root))) throw this.outside(name, 'a link that leads out of them');
    return path;
  }

  /** As `resolve`, but a link at the last name is not followed: the path of the entry itself. A root has none. */
  async resolveEntry(uri: FileUri): Promise<string> {
    const parent = await this.resolve({ scheme: 'file', path: dirname(uri.path) });
    return join(parent, basename(uri.path));
  }

  private outside(uri: string, received: string): SrvauError {
    const roots = this.roots.length === 0 ? 'none is configured' : this.roots.join(', ');
    return artifactError('FORBIDDEN', uri, `a path below the file roots (${roots})`, received);
  }
}

function isBelow(path: string, root: string): boolean {
  const prefix = root.endsWith(sep) ? root : `${root}${sep}`;
  return path === root || `${path}${sep}` === prefix || path.startsWith(prefix);
}

/** A root may be created later; until then its own name stands for it. */
async function realOrSame(root: string): Promise<string> {
  try {
    return await realpathOfPossiblyMissing(root);
  } catch {
    return root;
  }
}

/** `realpath` of the part that exists, followed by the names that do not exist yet. */
async function realpathOfPossiblyMissing(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
  // A link to nowhere would be written through to a place that nobody has checked.
  if (await isLink(path)) {
    throw Object.assign(new Error(`${path} is a link to nothing`), { code: 'ENOENT' });
  }
  const parent = dirname(path);
  return parent === path ? path : join(await realpathOfPossiblyMissing(parent), basename(path));
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}
