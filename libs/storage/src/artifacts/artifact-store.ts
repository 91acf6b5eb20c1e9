import type { Readable } from 'node:stream';
import { SrvauError } from '@srvau/contracts';
import type { FileData } from '../atomic/atomic-file';
import type {
  ArtifactBackend,
  ArtifactEntry,
  ArtifactStat,
  ListOptions,
  LocalCopyOptions,
  ReadOptions,
  WriteOptions,
} from './backend';
import { artifactError } from './errors';
import { FileBackend } from './file-backend';
import { FileRoots } from './file-roots';
import { S3Backend } from './s3-backend';
import type { S3Options } from './s3-client';
import { parseArtifactUri } from './uri';

export interface ArtifactStoreOptions {
  /** Directories (absolute) below which `file:` URIs are served. Empty: none are. A root may be a symbolic link. */
  fileRoots: readonly string[];
  /** How to reach S3; default: AWS by the SDK's own configuration. False refuses `s3:` URIs. */
  s3?: S3Options | false;
}

const DEFAULT_MAX_TEXT_BYTES = 64 * 1024 * 1024;

/**
 * Reads and writes what requests name by URI: `file:///…` below the file roots, and `s3://bucket/key`.
 *
 * Every method throws SrvauError: INVALID_REQUEST (not such a URI), FORBIDDEN (outside the roots, no permission),
 * NOT_FOUND, UNPROCESSABLE (a directory, a FIFO …), PAYLOAD_TOO_LARGE, UNAVAILABLE (server or disk, worth a retry),
 * or the reason of an aborted signal. Messages name the URI and never a secret.
 */
export class ArtifactStore {
  private readonly roots: FileRoots;
  private readonly files: FileBackend;
  private readonly s3: S3Backend | null;

  /** Nothing is opened yet; the AWS SDK is loaded with the first `s3:` URI. */
  constructor(options: ArtifactStoreOptions) {
    this.roots = new FileRoots(options.fileRoots);
    this.files = new FileBackend(this.roots);
    this.s3 = options.s3 === false ? null : new S3Backend(options.s3 ?? {});
  }

  /**
   * Real local path of a `file:` URI, with links followed; it need not exist yet.
   * @throws SrvauError FORBIDDEN when it, or what a link in it leads to, is outside the file roots.
   */
  async resolveLocal(uri: string): Promise<string> {
    const parsed = parseArtifactUri(uri);
    if (parsed.scheme === 'file') return this.roots.resolve(parsed);
    throw artifactError('INVALID_REQUEST', uri, 'a file:///… URI', 'an s3: URI');
  }

  stat(uri: string): Promise<ArtifactStat> {
    return this.on(uri, (backend, parsed) => backend.stat(parsed));
  }

  /**
   * Every file below a folder, in the byte order of the relative paths, one page or directory in memory at a time.
   * Links to files and folders inside the roots are followed, except to a folder above themselves.
   * @throws SrvauError NOT_FOUND when there is no such folder (on S3: no object below it).
   */
  async *list(prefix: string, options: ListOptions = {}): AsyncIterable<ArtifactEntry> {
    yield* await this.on(prefix, async (backend, parsed) => backend.list(parsed, options));
  }

  /**
   * Names of the folders directly below a folder, in the order of their bytes; nothing below them is looked at.
   * @throws SrvauError NOT_FOUND, as `list`
   */
  folders(uri: string, options: { signal?: AbortSignal } = {}): Promise<string[]> {
    return this.on(uri, (backend, parsed) => backend.folders(parsed, options.signal));
  }

  /** The bytes, as a stream. What goes wrong after the stream has begun is an error of the stream, as Node gives it. */
  read(uri: string, options: ReadOptions = {}): Promise<Readable> {
    return this.on(uri, (backend, parsed) => backend.read(parsed, options));
  }

  /**
   * The whole artifact as text; a leading byte-order mark is dropped.
   * @throws SrvauError PAYLOAD_TOO_LARGE beyond `maxBytes` (default 64 MiB), UNPROCESSABLE when it is not UTF-8.
   */
  async readText(uri: string, options: { maxBytes?: number; signal?: AbortSignal } = {}): Promise<string> {
    const { maxBytes = DEFAULT_MAX_TEXT_BYTES, ...rest } = options;
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of (await this.read(uri, rest)) as AsyncIterable<Buffer>) {
        bytes += chunk.byteLength;
        if (bytes > maxBytes) throw artifactError('PAYLOAD_TOO_LARGE', uri, `at most ${maxBytes} bytes`, 'more');
        chunks.push(chunk);
      }
    } catch (error) {
      if (error instanceof SrvauError) throw error;
      throw artifactError('UNAVAILABLE', uri, 'its bytes to the end', 'a read that broke off', error);
    }
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
    } catch (cause) {
      throw artifactError('UNPROCESSABLE', uri, 'UTF-8 text', 'other bytes', cause);
    }
  }

  /**
   * Writes an artifact as a whole or not at all; what was there is replaced. Folders are made as needed. Large S3
   * objects go up in parts, and a failed or aborted upload leaves none behind.
   */
  write(uri: string, data: FileData, options: WriteOptions = {}): Promise<void> {
    return this.on(uri, (backend, parsed) => backend.write(parsed, data, options));
  }

  /**
   * A local path with the artifact's bytes: the file itself, or for S3 a copy in `cacheDir`, keyed by server, URI,
   * ETag and size, so that a changed object is downloaded anew. The copy is shared: do not write to it.
   */
  localCopy(uri: string, cacheDir: string, options: LocalCopyOptions = {}): Promise<string> {
    return this.on(uri, (backend, parsed) => backend.localCopy(parsed, cacheDir, options));
  }

  /** Removes one file or object; what is not there is removed already. */
  delete(uri: string): Promise<void> {
    return this.on(uri, (backend, parsed) => backend.delete(parsed));
  }

  /** Closes the S3 connections. */
  async close(): Promise<void> {
    await this.s3?.close();
  }

  private async on<T>(
    uri: string,
    work: <U extends ReturnType<typeof parseArtifactUri>>(backend: ArtifactBackend<U>, parsed: U) => Promise<T>,
  ): Promise<T> {
    const parsed = parseArtifactUri(uri);
    if (parsed.scheme === 'file') return work(this.files, parsed);
    if (this.s3 === null) throw artifactError('FORBIDDEN', uri, 'a file:///… URI (S3 is switched off)', 'an s3: URI');
    return work(this.s3, parsed);
  }
}
