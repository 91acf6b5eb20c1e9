import { relative } from 'node:path';
import { type StructuredLog, SrvauError } from '@srvau/contracts';
import { throwIfAborted } from '../abort';
import type { ArtifactStore } from '../artifacts/artifact-store';
import { joinUri, parseArtifactUri } from '../artifacts/uri';
import { VideoLookup } from './video-lookup';

/** A video file as it was listed. */
export interface VideoFile {
  uri: string;
  relativePath: string;
  size: number;
  modifiedAt: Date | null;
}

/** What an annotated name came to. */
export type VideoResolution =
  | { kind: 'file'; file: VideoFile }
  /** Something is there under that name, but nothing to read. */
  | { kind: 'unreadable'; fault: string; detail: string }
  | { kind: 'missing' }
  | { kind: 'ambiguous'; candidates: readonly string[] };

/**
 * Looks every annotated name up below the videos' URI.
 * @param outPath the dataset's directory, which may lie among the videos; its own files are no candidates.
 * @throws SrvauError when the videos cannot be listed.
 */
export async function resolveVideos(
  names: Iterable<string>,
  videosUri: string,
  outPath: string,
  store: ArtifactStore,
  log: StructuredLog,
  signal: AbortSignal,
): Promise<Map<string, VideoResolution>> {
  const lookup = new VideoLookup(await listVideos(videosUri, outPath, store, log, signal));
  const found = new Map<string, VideoResolution>();
  for (const name of names) {
    throwIfAborted(signal);
    const result = lookup.find(name);
    if (result.kind === 'found') found.set(name, { kind: 'file', file: result.file });
    else found.set(name, result.kind === 'ambiguous' ? result : await missingOrOdd(name, videosUri, store));
  }
  return found;
}

/** The same for a dataset that is read: made elsewhere, it may have none of its videos here, and then none is found. */
export async function findVideos(...of: Parameters<typeof resolveVideos>): ReturnType<typeof resolveVideos> {
  try {
    return await resolveVideos(...of);
  } catch (error) {
    if (!(error instanceof SrvauError) || error.code !== 'NOT_FOUND') throw error;
    const [, videosUri, , , log] = of;
    log.warn({ videos: videosUri, err: error }, 'the videos of the dataset are not there');
    return new Map();
  }
}

async function listVideos(
  videosUri: string,
  outPath: string,
  store: ArtifactStore,
  log: StructuredLog,
  signal: AbortSignal,
): Promise<VideoFile[]> {
  const own = await placeBelow(videosUri, outPath, store);
  const onSkipped = (name: string, reason: string): void => log.debug({ name, reason }, 'not a video file');
  const files: VideoFile[] = [];
  for await (const entry of store.list(videosUri, { signal, onSkipped })) {
    if (own === null || !entry.relativePath.startsWith(own)) files.push(entry);
  }
  return files;
}

/** Where the dataset's directory lies in the listing, `path/to/it/`; null when it is elsewhere. */
async function placeBelow(videosUri: string, outPath: string, store: ArtifactStore): Promise<string | null> {
  if (parseArtifactUri(videosUri).scheme !== 'file') return null;
  const inner = relative(await store.resolveLocal(videosUri), outPath);
  return inner === '' || inner.startsWith('..') ? null : `${inner}/`;
}

/** Directories and FIFOs are not listed; one that bears the very name is worth another word than "missing". */
async function missingOrOdd(name: string, videosUri: string, store: ArtifactStore): Promise<VideoResolution> {
  if (parseArtifactUri(videosUri).scheme !== 'file') return { kind: 'missing' };
  try {
    const { kind } = await store.stat(joinUri(videosUri, name));
    if (kind === 'file') return { kind: 'missing' };
    return { kind: 'unreadable', fault: 'not-a-file', detail: 'expected a regular file, received a directory' };
  } catch (error) {
    if (!(error instanceof SrvauError)) throw error;
    const received = error.details[0]?.received ?? error.message;
    if (error.code === 'UNPROCESSABLE') {
      return { kind: 'unreadable', fault: 'not-a-file', detail: `expected a regular file, received ${received}` };
    }
    if (error.code === 'FORBIDDEN') {
      const detail = `expected a file that this process may read, received ${received}`;
      return { kind: 'unreadable', fault: 'forbidden', detail };
    }
    if (error.code === 'NOT_FOUND' || error.code === 'INVALID_REQUEST') return { kind: 'missing' };
    throw error;
  }
}

/** The file of a name, or what is the matter where there is none that can be used: a reason in kebab case. */
export function usableVideo(
  resolution: VideoResolution | undefined,
): { readonly uri: string } | { readonly fault: string; readonly detail: string } {
  switch (resolution?.kind) {
    case 'file':
      return { uri: resolution.file.uri };
    case 'unreadable':
      return { fault: `video-${resolution.fault}`, detail: resolution.detail };
    case 'ambiguous': {
      const detail = `expected one file of that name, received ${resolution.candidates.join(', ')}`;
      return { fault: 'video-ambiguous', detail };
    }
    case 'missing':
    case undefined:
      return { fault: 'video-missing', detail: 'expected a video file of that name, received none' };
  }
}
