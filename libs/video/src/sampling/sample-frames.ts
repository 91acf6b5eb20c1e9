import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { SrvauError } from '@srvau/contracts';
import { VideoError } from '../errors';
import { type CheckedFile, checkFile } from '../input/check-file';
import { endsBeforeDeclared } from '../input/declared-end';
import { type VideoLimits, resolveLimits } from '../limits';
import { type Probed, type VideoInfo, probeChecked } from '../probe';
import { runBounded } from '../process/bounded-process';
import { complaints, failureOf, nothingDecoded, saysEndedEarly, saysOutOfMemory } from '../process/diagnose';
import { type Rotation, frameBudget, frameName, imageFileArguments } from './decode-arguments';
import { type FrameFormat, type SamplingSettings, invalid, resolveSettings } from './settings';

export interface SampleOptions {
  /** Frames per second of video; 1 by default, as in the paper. */
  fps?: number | undefined;
  /** `jpeg` (default; quality 2 of ffmpeg's 2…31, 4:2:0) or `png` (lossless RGB). */
  format?: FrameFormat | undefined;
  /** Width × height of a picture, at most: a larger one is scaled down. By default pictures keep their size. */
  maxPixels?: number | undefined;
  /** Its reason is thrown; nothing is left behind. */
  signal?: AbortSignal | undefined;
  limits?: Partial<VideoLimits> | undefined;
}

export interface SampledFrame {
  /** 0, 1, 2 … */
  index: number;
  /** index / fps: seconds since the first frame of the video. */
  timeSec: number;
  /** Absolute path. */
  file: string;
}

export interface SampleResult {
  info: VideoInfo;
  fps: number;
  /** At least one; consecutive. */
  frames: SampledFrame[];
  /** The file ends before what it declares: the frames up to there are right, but the cut may go through the last one. */
  truncated: boolean;
  /** What the decoder complained about, at most eight distinct lines; empty for a sound file. */
  warnings: string[];
}

/**
 * Writes one picture for each k/fps below the duration: what is on screen at that time, i.e. the last source frame
 * with pts ≤ k/fps, times counted from the first frame. Gaps of variable-rate video hold the last frame. The duration ends
 * when the last decoded frame leaves the screen, whatever the container declares.
 *
 * A truncated file that still decodes is sampled and flagged; one without any decodable frame is an error.
 *
 * @param outDir directory to make (or empty): it appears complete, or not at all.
 * @throws VideoError with the fault; SrvauError CONFLICT when `outDir` has content, INVALID_REQUEST for bad options.
 */
export async function sampleFrames(file: string, outDir: string, options: SampleOptions = {}): Promise<SampleResult> {
  const settings = { ...resolveSettings(options), maxPixels: checkMaxPixels(options.maxPixels) };
  const limits = resolveLimits(options.limits);
  options.signal?.throwIfAborted();
  const checked = await checkFile(file, limits);
  const target = resolve(outDir);
  await assertVacant(target);
  await mkdir(dirname(target), { recursive: true });
  const temporary = `${target}.tmp-${randomUUID()}`;
  await mkdir(temporary);
  try {
    const { probed, names, stderr } = await decode(file, checked, temporary, settings, limits, options.signal);
    const { fps } = settings;
    const truncated =
      (await endsBeforeDeclared(checked)) || isTruncated(stderr, names.length / fps, probed.declaredVideoSec, fps);
    await publish(temporary, target);
    return {
      info: probed.info,
      fps,
      frames: names.map((name, index) => ({ index, timeSec: index / fps, file: join(target, name) })),
      truncated,
      warnings: complaints(stderr),
    };
  } finally {
    // After success it has been renamed and this does nothing.
    await rm(temporary, { recursive: true, force: true });
  }
}

/**
 * Probes and decodes at the same time: starting ffprobe costs tens of milliseconds, which would add a sixth to the
 * sampling of a short clip. So decoding begins as for an upright video and is begun again when the probe says otherwise.
 */
async function decode(
  file: string,
  checked: CheckedFile,
  directory: string,
  settings: PictureSettings,
  limits: VideoLimits,
  signal: AbortSignal | undefined,
): Promise<{ probed: Probed; names: string[]; stderr: string }> {
  const speculation = new AbortController();
  const stop = (): void => speculation.abort(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });
  const run = (rotation: Rotation, by: AbortSignal | undefined): Promise<DecodedFiles> =>
    decodeFiles(file, checked, directory, settings, rotation, limits, by);
  try {
    const [probe, upright] = await Promise.allSettled([
      probeChecked(file, checked, limits, signal).then(
        (probed) => {
          if (probed.info.rotationDeg !== 0) stop();
          return probed;
        },
        (error: unknown) => {
          stop();
          throw error;
        },
      ),
      run(0, speculation.signal),
    ]);
    signal?.throwIfAborted();
    // The probe's verdict is the more precise one.
    if (probe.status === 'rejected') throw probe.reason;
    const probed = probe.value;
    if (probed.info.rotationDeg !== 0) {
      for (const name of await readdir(directory)) await rm(join(directory, name));
      return { probed, ...(await run(probed.info.rotationDeg, signal)) };
    }
    if (upright.status === 'rejected') throw upright.reason;
    return { probed, ...upright.value };
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

type PictureSettings = SamplingSettings & { maxPixels: number | undefined };

function checkMaxPixels(value: number | undefined): number | undefined {
  if (value === undefined || (Number.isSafeInteger(value) && value > 0)) return value;
  throw invalid('maxPixels', 'a positive whole number', value);
}

interface DecodedFiles {
  names: string[];
  stderr: string;
}

async function decodeFiles(
  file: string,
  checked: CheckedFile,
  directory: string,
  settings: PictureSettings,
  rotation: Rotation,
  limits: VideoLimits,
  signal: AbortSignal | undefined,
): Promise<DecodedFiles> {
  const { fps, format, maxPixels } = settings;
  const args = imageFileArguments(checked.path, format, { fps, rotation, limits, maxPixels });
  const exit = await runBounded('ffmpeg', args, {
    timeoutMs: limits.timeoutMs,
    memoryMb: limits.memoryMb,
    signal,
    // Frame names are relative: a `%` in the directory's own name must not reach ffmpeg's pattern.
    cwd: directory,
    maxStdoutBytes: 0,
  });
  if (exit.code !== 0 || saysOutOfMemory(exit.stderr)) throw await failureOf(file, exit, limits);
  const written = new Set(await readdir(directory));
  assertFrameCount(file, written.size, fps, limits, exit.stderr);
  const names = Array.from({ length: written.size }, (_, index) => frameName(index, format));
  const absent = names.find((name) => !written.has(name));
  if (absent !== undefined) throw new SrvauError('INTERNAL', `${file}: ffmpeg did not write frame ${absent}`);
  return { names, stderr: exit.stderr };
}

/** @throws VideoError `no-frames` (or `corrupt`, when the decoder complained) for 0, `too-long` beyond the limits. */
export function assertFrameCount(file: string, count: number, fps: number, limits: VideoLimits, stderr: string): void {
  if (count === 0) throw nothingDecoded(file, stderr);
  const budget = frameBudget(fps, limits);
  if (count > budget) {
    throw new VideoError('too-long', file, `at most ${budget} frames at ${fps} frames per second`, 'more of them');
  }
}

/** Encoders round durations and may drop a frame at the end: less than half a second is not held against a file. */
const TOLERATED_SHORTFALL_SEC = 0.5;

function isTruncated(stderr: string, sampledSec: number, declaredSec: number | null, fps: number): boolean {
  if (saysEndedEarly(stderr)) return true;
  return declaredSec !== null && declaredSec - sampledSec >= Math.max(1 / fps, TOLERATED_SHORTFALL_SEC);
}

async function assertVacant(directory: string): Promise<void> {
  let entries: string[];
  try {
    entries = await readdir(directory);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return;
    if (code === 'ENOTDIR') throw occupied(directory, 'a file');
    throw error;
  }
  if (entries.length > 0) throw occupied(directory, `one with ${entries.length} entries`);
}

async function publish(temporary: string, target: string): Promise<void> {
  try {
    await rename(temporary, target);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOTEMPTY' || code === 'EEXIST') throw occupied(target, 'one that was filled meanwhile');
    throw error;
  }
}

function occupied(directory: string, received: string): SrvauError {
  const expected = 'a directory that does not exist or is empty';
  return SrvauError.mismatch('CONFLICT', `output directory ${JSON.stringify(directory)}`, expected, received, {
    field: directory,
  });
}
