import { VideoError } from './errors';
import { inputArguments } from './input/arguments';
import { type CheckedFile, checkFile } from './input/check-file';
import { type VideoLimits, resolveLimits } from './limits';
import { runBounded } from './process/bounded-process';
import { failureOf } from './process/diagnose';
import { type ProbedStream, parseProbe } from './probe-report';

/** What a container declares about its first video stream (cover art does not count). Nothing has been decoded. */
export interface VideoInfo {
  /** ffmpeg's name of the container, e.g. `mov,mp4,m4a,3gp,3g2,mj2`. */
  container: string;
  codec: string;
  /** Pixels as displayed, that is after rotation. The sample aspect ratio is not applied. */
  width: number;
  height: number;
  /** Of the video stream, else of the file; 0 when nothing declares it. */
  durationSec: number;
  /** Average frames per second; 0 when unknown. */
  frameRate: number;
  /** As declared; null where the container has no count. */
  frameCount: number | null;
  /** Clockwise turn that a player applies to the coded picture. */
  rotationDeg: 0 | 90 | 180 | 270;
  hasAudio: boolean;
  sizeBytes: number;
}

export interface ProbeOptions {
  /** Its reason is thrown. */
  signal?: AbortSignal | undefined;
  limits?: Partial<VideoLimits> | undefined;
}

/** Room for the report on 1000 streams, which is ffmpeg's own limit. */
const MAX_REPORT_BYTES = 4 * 2 ** 20;

const SHOWN = [
  'format=format_name,duration',
  'stream=codec_type,codec_name,width,height,avg_frame_rate,r_frame_rate,nb_frames,duration',
  'stream_disposition=attached_pic',
  'stream_tags=DURATION,rotate',
  'stream_side_data=rotation',
].join(':');

/**
 * Reads what the container of a video declares.
 *
 * @param file path of a regular file, absolute or relative to the current directory.
 * @throws VideoError with the fault; SrvauError UNAVAILABLE when ffprobe is not there.
 */
export async function probeVideo(file: string, options: ProbeOptions = {}): Promise<VideoInfo> {
  const limits = resolveLimits(options.limits);
  options.signal?.throwIfAborted();
  return (await probeChecked(file, await checkFile(file, limits), limits, options.signal)).info;
}

export interface Probed {
  info: VideoInfo;
  /** Duration that the video stream itself (not its audio) declares; null when nothing tells. */
  declaredVideoSec: number | null;
}

export async function probeChecked(
  file: string,
  checked: CheckedFile,
  limits: VideoLimits,
  signal: AbortSignal | undefined,
): Promise<Probed> {
  const { timeoutMs, memoryMb } = limits;
  const args = ['-hide_banner', '-loglevel', 'error', '-show_entries', SHOWN, '-of', 'json=c=1'];
  const exit = await runBounded('ffprobe', [...args, ...inputArguments(checked.path, limits)], {
    timeoutMs,
    memoryMb,
    signal,
    maxStdoutBytes: MAX_REPORT_BYTES,
  });
  if (exit.code !== 0) throw await failureOf(file, exit, limits);
  const { format, video, hasAudio } = parseProbe(exit.stdout.toString('utf8'));
  if (video === undefined) {
    throw new VideoError('no-video-stream', file, 'a video stream', hasAudio ? 'only audio' : 'no stream of video');
  }
  if (video.codec === undefined || video.width <= 0 || video.height <= 0) {
    throw new VideoError('corrupt', file, 'a decodable video stream', 'one of unknown codec or picture size');
  }
  const declaredVideoSec = video.durationSec ?? (hasAudio ? null : format.durationSec);
  const info: VideoInfo = {
    container: format.name,
    codec: video.codec,
    ...displayedSize(video),
    durationSec: video.durationSec ?? format.durationSec ?? 0,
    frameRate: video.frameRate,
    frameCount: video.frameCount,
    rotationDeg: video.rotationDeg,
    hasAudio,
    sizeBytes: checked.sizeBytes,
  };
  assertWithinLimits(file, info, limits);
  return { info, declaredVideoSec };
}

/** @throws VideoError `too-large` or `too-long` by what the container declares. */
export function assertWithinLimits(file: string, info: VideoInfo, limits: VideoLimits): void {
  if (info.width * info.height > limits.maxPixels) {
    const received = `${info.width}x${info.height}`;
    throw new VideoError('too-large', file, `pictures of at most ${limits.maxPixels} pixels`, received);
  }
  if (info.durationSec > limits.maxDurationSec) {
    const received = `${info.durationSec} s`;
    throw new VideoError('too-long', file, `a duration of at most ${limits.maxDurationSec} s`, received);
  }
}

function displayedSize({ width, height, rotationDeg }: ProbedStream): { width: number; height: number } {
  return rotationDeg % 180 === 0 ? { width, height } : { width: height, height: width };
}
