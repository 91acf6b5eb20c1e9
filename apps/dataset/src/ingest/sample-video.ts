import { rm } from 'node:fs/promises';
import { SrvauError } from '@srvau/contracts';
import { type ArtifactStore, parseArtifactUri, throwIfAborted, type VideoFile } from '@srvau/storage';
import { type FrameCache, VideoError } from '@srvau/video';
import type { VideoOutcome, VideoSteps } from './video-steps';

export interface SampleVideoDeps {
  store: ArtifactStore;
  frames: FrameCache;
  steps: VideoSteps;
  /** Where videos from S3 lie while they are sampled. */
  downloads: string;
  fps: number;
}

/** Faults of storage that lie with one file; everything else (no space, no server) stops the ingest. */
const FILE_FAULTS: Readonly<Partial<Record<SrvauError['code'], string>>> = {
  NOT_FOUND: 'missing',
  FORBIDDEN: 'forbidden',
  UNPROCESSABLE: 'not-a-file',
  PAYLOAD_TOO_LARGE: 'too-large',
};

/** Samples one video file into the dataset, unless a former run has done so; the step is durable when this returns. */
export async function sampleVideo(file: VideoFile, deps: SampleVideoDeps, signal: AbortSignal): Promise<VideoOutcome> {
  const done = await deps.steps.load(file);
  if (done !== null) return done;
  const outcome = await readVideo(file, deps, signal);
  // A machine that was too busy may be less so next time.
  if (outcome.kind === 'readable' || outcome.fault !== 'timed-out') await deps.steps.save(file, outcome);
  return outcome;
}

async function readVideo(file: VideoFile, deps: SampleVideoDeps, signal: AbortSignal): Promise<VideoOutcome> {
  const { store, frames, steps, downloads, fps } = deps;
  let local: string | undefined;
  try {
    local = await store.localCopy(file.uri, downloads, { signal });
    const sample = await frames.sample(local, { fps, format: 'jpeg', signal });
    try {
      await steps.keepFrames(sample);
    } finally {
      await sample.release();
    }
    const { durationSec, width, height } = sample.info;
    return {
      kind: 'readable',
      videoKey: sample.key,
      videoSha256: sample.videoSha256,
      durationSec,
      width,
      height,
      frames: sample.frames.length,
      truncated: sample.truncated,
      damaged: sample.warnings.length > 0,
    };
  } catch (error) {
    throwIfAborted(signal);
    const fault = error instanceof VideoError ? error.fault : error instanceof SrvauError && FILE_FAULTS[error.code];
    if (typeof fault !== 'string' || !(error instanceof SrvauError)) throw error;
    return { kind: 'unreadable', fault, detail: detailOf(error) };
  } finally {
    // One copy at a time for each worker, not the whole bucket.
    if (local !== undefined && parseArtifactUri(file.uri).scheme === 's3') await rm(local, { force: true });
  }
}

/** Without the path, which is one of this machine. */
function detailOf(error: SrvauError): string {
  const [detail] = error.details;
  return detail === undefined ? error.message : `expected ${detail.expected}, received ${detail.received}`;
}
