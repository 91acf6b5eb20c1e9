import type { Readable } from 'node:stream';
import type { FileData } from '../atomic/atomic-file';

export interface ArtifactStat {
  uri: string;
  kind: 'file' | 'directory';
  /** Bytes; 0 for a directory. */
  size: number;
  /** Null where the store does not say (an S3 folder). */
  modifiedAt: Date | null;
  /** Version of the content as the store names it; only S3 has one. */
  etag?: string;
}

export interface ArtifactEntry {
  uri: string;
  /** Plain path below the listed prefix, with `/` between names. */
  relativePath: string;
  /** Bytes. */
  size: number;
  modifiedAt: Date | null;
}

export interface ListOptions {
  signal?: AbortSignal;
  /** Told of every entry that is left out (a link that leaves the roots, a FIFO, a key that climbs) and why. */
  onSkipped?: (name: string, reason: string) => void;
}

export interface ReadOptions {
  signal?: AbortSignal;
  /** First byte, from 0. */
  start?: number;
  /** Last byte, inclusive as in HTTP. */
  end?: number;
}

export interface WriteOptions {
  signal?: AbortSignal;
  /** Stored with the object on S3; files have none. */
  contentType?: string;
}

export interface LocalCopyOptions {
  signal?: AbortSignal;
  /** Larger artifacts are refused before anything is copied. */
  maxBytes?: number;
}

/** What local files and S3 both can do. `U` is the parsed form of the URIs that the backend understands. */
export interface ArtifactBackend<U> {
  stat(uri: U): Promise<ArtifactStat>;
  list(prefix: U, options: ListOptions): AsyncIterable<ArtifactEntry>;
  folders(uri: U, signal?: AbortSignal): Promise<string[]>;
  read(uri: U, options: ReadOptions): Promise<Readable>;
  write(uri: U, data: FileData, options: WriteOptions): Promise<void>;
  localCopy(uri: U, cacheDir: string, options: LocalCopyOptions): Promise<string>;
  delete(uri: U): Promise<void>;
}
