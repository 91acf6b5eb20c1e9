import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import {
  DATASET_CARD_FORMAT,
  DATASET_SCHEMA_VERSION,
  type DatasetCard,
  type DatasetInputs,
  type IngestRequest,
  type IngestSummary,
  type JobProgress,
  SrvauError,
  type StructuredLog,
} from '@srvau/contracts';
import {
  abortError,
  type ArtifactStore,
  concurrently,
  DirectoryLock,
  resolveVideos,
  throwIfAborted,
  type VideoFile,
  type VideoResolution,
} from '@srvau/storage';
import type { FrameCache } from '@srvau/video';
import { type AnnotationScan, passOverAnnotations, scanAnnotations } from './annotation-pass';
import { assertSameInputs, DatasetDirectory } from './dataset-directory';
import type { VideoResult } from './dataset-row';
import { writeManifest } from './manifest';
import { type IngestPlan, planIngest } from './plan';
import { sampleVideo } from './sample-video';
import { assertAllReadable, assertStrictCard } from './strict';
import { type VideoOutcome, VideoSteps } from './video-steps';

export interface IngestDeps {
  store: ArtifactStore;
  frames: FrameCache;
  /** Stops the ingest; what is finished by then stays, and the same request goes on from there. */
  signal: AbortSignal;
  progress(progress: JobProgress): void;
  log: StructuredLog;
  /** Videos worked on at a time; by default one for each core. */
  concurrency?: number;
  /**
   * How long to wait for another process to give the directory up. 0, the default, refuses a second ingest at once; a job
   * that was taken over from a dead worker on another machine waits until that one's lock counts as stale.
   */
  lockWaitMs?: number;
}

/** Rows between two reports of progress. */
const REPORT_EVERY = 1000;

/**
 * Makes a dataset directory of annotations and videos.
 *
 * Nothing is written before the annotations have been read to their end and the videos have been looked up. From then on
 * every finished video is a durable step: after a kill −9 at any moment the same request goes on where it stopped, and ends
 * with the very bytes of an ingest that was never killed. A directory that holds the finished dataset of the same inputs is
 * left as it is.
 *
 * @throws SrvauError UNPROCESSABLE: the annotations are faulty, or (`strict`) a video is missing or unreadable; then nothing
 *   is left behind. CONFLICT: the directory holds something else, or another ingest is at it. CANCELLED or whatever reason
 *   the signal had. Any code of the artifact store: a URI is wrong, forbidden, or leads nowhere; the
 *   disk is full (UNAVAILABLE: what is finished stays) or may not be written (FORBIDDEN).
 */
export async function ingestDataset(request: IngestRequest, deps: IngestDeps): Promise<IngestSummary> {
  const { store, signal, log } = deps;
  throwIfAborted(signal);
  const plan = planIngest(request);
  const directory = new DatasetDirectory(await store.resolveLocal(request.out));
  const before = await directory.state();

  const scan = await scanAnnotations(plan, store, signal, (done) => {
    if (done % REPORT_EVERY === 0) deps.progress({ stage: 'annotations', done, total: null, unit: 'rows' });
  });
  const inputs = inputsOf(plan, scan);
  if (before.kind === 'unfinished') assertSameInputs(directory.path, before.inputs, inputs);
  if (before.kind === 'complete') {
    assertSameInputs(directory.path, before.card.inputs, inputs);
    if (before.leftovers) await tidyUp(directory, log);
    return finished(directory, before.card, plan, log);
  }

  const resolutions = await resolveVideos(scan.videos, plan.videosUri, directory.path, store, log, signal);
  if (plan.strict) assertAllReadable(resolutions);

  try {
    await directory.create();
    await using lock = await DirectoryLock.acquire(directory.path, { waitMs: deps.lockWaitMs ?? 0, signal });
    const held = { ...deps, signal: AbortSignal.any([signal, lock.signal]) };
    return await writeDataset(directory, plan, scan, inputs, resolutions, held);
  } catch (error) {
    await directory.removeIfMade();
    throw directory.writeFault(error);
  }
}

/** The part that writes; its caller holds the directory's lock, which `deps.signal` stands for too. */
async function writeDataset(
  directory: DatasetDirectory,
  plan: IngestPlan,
  scan: AnnotationScan,
  inputs: DatasetInputs,
  resolutions: ReadonlyMap<string, VideoResolution>,
  deps: IngestDeps,
): Promise<IngestSummary> {
  // Somebody may have been at it between the first look and the lock.
  const state = await directory.state();
  if (state.kind === 'complete') {
    assertSameInputs(directory.path, state.card.inputs, inputs);
    await directory.removeLeftovers();
    return finished(directory, state.card, plan, deps.log);
  }
  if (state.kind === 'unfinished') {
    assertSameInputs(directory.path, state.inputs, inputs);
    deps.log.info({ out: directory.path }, 'going on with an ingest that was interrupted');
  }
  try {
    await directory.claim(inputs);
    const videos = await sampleVideos(directory, plan, resolutions, deps);
    if (plan.strict) assertAllReadable(videos);
    const pass = await passOverAnnotations(plan, deps.store, deps.signal);
    const onRow = (done: number): void => {
      if (done % REPORT_EVERY === 0) deps.progress({ stage: 'manifest', done, total: scan.rows, unit: 'rows' });
    };
    const report = await writeManifest(directory, pass, scan.sha256, videos, onRow, deps.signal);
    throwIfAborted(deps.signal);
    const card = {
      format: DATASET_CARD_FORMAT,
      schemaVersion: DATASET_SCHEMA_VERSION,
      writtenBy: WRITTEN_BY,
      inputs,
      ...report,
    } as const;
    await directory.commit(card, keysOf(videos));
    return { ...report.summary, out: directory.path };
  } catch (error) {
    if (deps.signal.aborted) throw abortError(deps.signal);
    // Final: the same request would fail again, so nothing of it is worth keeping.
    if (error instanceof SrvauError && error.code === 'UNPROCESSABLE') await directory.discard();
    throw error;
  }
}

/**
 * Removes what an ingest that was killed after its last durable step left beside the finished dataset, its lock included.
 * The dataset is whole either way, so whatever stands against it (another process at the same, a read-only disk) is
 * worth a warning and no failure.
 */
async function tidyUp(directory: DatasetDirectory, log: StructuredLog): Promise<void> {
  try {
    await using _lock = await DirectoryLock.acquire(directory.path);
    await directory.removeLeftovers();
  } catch (error) {
    log.warn({ out: directory.path, err: error }, 'leftovers of an interrupted ingest were not removed');
  }
}

/** Samples each file once, whatever number of names lead to it. */
async function sampleVideos(
  directory: DatasetDirectory,
  plan: IngestPlan,
  resolutions: ReadonlyMap<string, VideoResolution>,
  deps: IngestDeps,
): Promise<Map<string, VideoResult>> {
  const files = new Map<string, VideoFile>();
  for (const found of resolutions.values()) if (found.kind === 'file') files.set(found.file.relativePath, found.file);
  const sampling = {
    store: deps.store,
    frames: deps.frames,
    steps: new VideoSteps(directory.work, directory.frames),
    downloads: join(directory.work, 'downloads'),
    fps: plan.settings.fps,
  };
  const outcomes = new Map<string, VideoOutcome>();
  const report = (): void => deps.progress({ stage: 'videos', done: outcomes.size, total: files.size, unit: 'videos' });
  report();
  const limit = deps.concurrency ?? availableParallelism();
  await concurrently(files.values(), limit, deps.signal, async (file, signal) => {
    const outcome = await sampleVideo(file, sampling, signal);
    outcomes.set(file.relativePath, outcome);
    if (outcome.kind === 'unreadable') {
      deps.log.warn({ video: file.relativePath, fault: outcome.fault, detail: outcome.detail }, 'unreadable video');
    }
    report();
  });
  const results = new Map<string, VideoResult>();
  for (const [name, found] of resolutions) {
    const result = found.kind === 'file' ? outcomes.get(found.file.relativePath) : found;
    if (result !== undefined) results.set(name, result);
  }
  return results;
}

function keysOf(videos: ReadonlyMap<string, VideoResult>): Set<string> {
  return new Set([...videos.values()].flatMap((video) => (video.kind === 'readable' ? [video.videoKey] : [])));
}

function finished(directory: DatasetDirectory, card: DatasetCard, plan: IngestPlan, log: StructuredLog): IngestSummary {
  if (plan.strict) assertStrictCard(card);
  log.info(
    { out: directory.path },
    'the dataset of these inputs is there already; for other videos choose another out',
  );
  return { ...card.summary, out: directory.path };
}

function inputsOf(plan: IngestPlan, { sha256, bytes }: AnnotationScan): DatasetInputs {
  return {
    annotations: { uri: plan.annotationsUri, sha256, bytes, format: plan.format },
    videos: { uri: plan.videosUri },
    settings: plan.settings,
  };
}

const WRITTEN_BY = ((): string => {
  const text = readFileSync(join(__dirname, '../../package.json'), 'utf8');
  const { name, version } = JSON.parse(text) as { name: string; version: string };
  return `${name}@${version}`;
})();
