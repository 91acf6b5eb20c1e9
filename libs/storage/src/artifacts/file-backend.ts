import { constants, type Dirent, type Stats } from 'node:fs';
import { type FileHandle, open, readdir, stat, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { throwIfAborted } from '../abort';
import { type FileData, writeFileAtomic } from '../atomic/atomic-file';
import { ensureDirectory } from '../atomic/durable';
import { isTemporaryName } from '../atomic/temp-names';
import { errnoOf } from '../errno';
import { abortable } from './abortable';
import type {
  ArtifactBackend,
  ArtifactEntry,
  ArtifactStat,
  ListOptions,
  LocalCopyOptions,
  ReadOptions,
  WriteOptions,
} from './backend';
import { artifactError, fromFileError } from './errors';
import type { FileRoots } from './file-roots';
import { type FileUri, fileUri, formatUri } from './uri';

/** Artifacts in local directories. */
export class FileBackend implements ArtifactBackend<FileUri> {
  constructor(private readonly roots: FileRoots) {}

  async stat(uri: FileUri): Promise<ArtifactStat> {
    const path = await this.roots.resolve(uri);
    return this.guard(uri, async () => {
      const stats = await stat(path);
      const common = { uri: formatUri(uri), modifiedAt: stats.mtime };
      if (stats.isDirectory()) return { ...common, kind: 'directory', size: 0 };
      if (!stats.isFile()) throw notRegular(uri, stats);
      return { ...common, kind: 'file', size: stats.size };
    });
  }

  async *list(prefix: FileUri, options: ListOptions): AsyncIterable<ArtifactEntry> {
    const root = await this.roots.resolve(prefix);
    const stats = await this.guard(prefix, () => stat(root));
    if (!stats.isDirectory()) throw artifactError('UNPROCESSABLE', formatUri(prefix), 'a directory', kindOf(stats));
    yield* this.walk(prefix.path, '', [identity(stats)], options);
  }

  async folders(uri: FileUri, signal?: AbortSignal): Promise<string[]> {
    const root = await this.roots.resolve(uri);
    const stats = await this.guard(uri, () => stat(root));
    if (!stats.isDirectory()) throw artifactError('UNPROCESSABLE', formatUri(uri), 'a directory', kindOf(stats));
    const entries = await this.guard(uri, () => readdir(root, { withFileTypes: true }));
    const found: Buffer[] = [];
    for (const entry of entries) {
      throwIfAborted(signal);
      if (isTemporaryName(entry.name) || entry.isFile()) continue;
      const usable = await this.usable(join(uri.path, entry.name), entry, [identity(stats)], {});
      if (usable?.isDirectory() === true) found.push(Buffer.from(entry.name));
    }
    return found.sort(Buffer.compare).map(String);
  }

  async read(uri: FileUri, { signal, start, end }: ReadOptions): Promise<Readable> {
    throwIfAborted(signal);
    const handle = await this.openRegular(uri);
    const range = { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
    return abortable(handle.createReadStream(range), signal);
  }

  async write(uri: FileUri, data: FileData, { signal }: WriteOptions): Promise<void> {
    throwIfAborted(signal);
    const path = await this.roots.resolve(uri);
    await this.guard(uri, async () => {
      await ensureDirectory(dirname(path));
      await writeFileAtomic(path, signal === undefined ? data : stopOnAbort(data, signal));
    });
  }

  async localCopy(uri: FileUri, _cacheDir: string, { signal, maxBytes }: LocalCopyOptions): Promise<string> {
    throwIfAborted(signal);
    const handle = await this.openRegular(uri);
    try {
      const { size } = await handle.stat();
      if (maxBytes !== undefined && size > maxBytes) throw tooLarge(formatUri(uri), maxBytes, size);
      return await this.roots.resolve(uri);
    } finally {
      await handle.close();
    }
  }

  async delete(uri: FileUri): Promise<void> {
    const path = await this.roots.resolveEntry(uri);
    await this.guard(uri, async () => {
      try {
        // Not through links: a link is removed itself, a directory is refused with EISDIR or EPERM.
        await unlink(path);
      } catch (error) {
        // As on S3, deleting what is not there is no error.
        if (errnoOf(error) !== 'ENOENT') throw error;
      }
    });
  }

  /** Opens without waiting for a FIFO's other end, and only what is a regular file. */
  private async openRegular(uri: FileUri): Promise<FileHandle> {
    const path = await this.roots.resolve(uri);
    return this.guard(uri, async () => {
      // Links were followed and checked; one that takes the file's place since then is not followed.
      const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
      try {
        const stats = await handle.stat();
        if (!stats.isFile()) throw notRegular(uri, stats);
        return handle;
      } catch (error) {
        await handle.close();
        throw error;
      }
    });
  }

  /**
   * Depth first, one directory in memory a level. A directory sorts as `name/`, which gives the order of the whole
   * relative paths by bytes, the order of S3.
   */
  private async *walk(
    dir: string,
    below: string,
    ancestors: string[],
    options: ListOptions,
  ): AsyncIterable<ArtifactEntry> {
    const found: { name: string; order: Buffer; stats: Stats }[] = [];
    const entries = await this.guard({ scheme: 'file', path: dir }, () => readdir(dir, { withFileTypes: true }));
    for (const entry of entries) {
      throwIfAborted(options.signal);
      const { name } = entry;
      if (isTemporaryName(name)) continue;
      const stats = await this.usable(join(dir, name), entry, ancestors, options);
      if (stats !== null) found.push({ name, order: Buffer.from(stats.isDirectory() ? `${name}/` : name), stats });
    }
    found.sort((a, b) => Buffer.compare(a.order, b.order));
    for (const { name, stats } of found) {
      throwIfAborted(options.signal);
      const path = join(dir, name);
      const relativePath = `${below}${name}`;
      if (stats.isDirectory()) yield* this.walk(path, `${relativePath}/`, [...ancestors, identity(stats)], options);
      else yield { uri: fileUri(path), relativePath, size: stats.size, modifiedAt: stats.mtime };
    }
  }

  /** Stats of an entry that may be listed, or null after saying why not. */
  private async usable(
    path: string,
    entry: Dirent,
    ancestors: string[],
    { onSkipped }: ListOptions,
  ): Promise<Stats | null> {
    const skip = (reason: string): null => {
      onSkipped?.(path, reason);
      return null;
    };
    try {
      // Only a link can lead out of a directory that was checked already.
      const stats = await stat(entry.isSymbolicLink() ? await this.roots.resolve({ scheme: 'file', path }) : path);
      if (stats.isDirectory() && ancestors.includes(identity(stats))) return skip('a link to a directory above it');
      if (!stats.isDirectory() && !stats.isFile()) return skip(kindOf(stats));
      return stats;
    } catch (error) {
      return skip(error instanceof Error ? error.message : String(error));
    }
  }

  private async guard<T>(uri: FileUri, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw fromFileError(error, formatUri(uri));
    }
  }
}

export function tooLarge(uri: string, maxBytes: number, size: number): Error {
  return artifactError('PAYLOAD_TOO_LARGE', uri, `at most ${maxBytes} bytes`, `${size} bytes`);
}

function notRegular(uri: FileUri, stats: Stats): Error {
  return artifactError('UNPROCESSABLE', formatUri(uri), 'a regular file', kindOf(stats));
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a directory';
  if (stats.isFIFO()) return 'a FIFO';
  if (stats.isSocket()) return 'a socket';
  if (stats.isCharacterDevice() || stats.isBlockDevice()) return 'a device';
  return 'a file';
}

const identity = (stats: Stats): string => `${stats.dev}:${stats.ino}`;

async function* stopOnAbort(data: FileData, signal: AbortSignal): AsyncIterable<string | Uint8Array> {
  const pieces = typeof data === 'string' || data instanceof Uint8Array ? [data] : data;
  if (pieces instanceof Readable) abortable(pieces, signal);
  for await (const piece of pieces) {
    throwIfAborted(signal);
    yield piece;
  }
  throwIfAborted(signal);
}
