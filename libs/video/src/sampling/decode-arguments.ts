import { DECODER_THREADS, inputArguments } from '../input/arguments';
import type { VideoLimits } from '../limits';
import type { FrameFormat } from './settings';

export type Rotation = 0 | 90 | 180 | 270;

const TURN: Record<Rotation, string[]> = {
  0: [],
  90: ['transpose=clock'],
  180: ['hflip', 'vflip'],
  270: ['transpose=cclock'],
};

/**
 * Filters that turn decoded frames into frame k = what is on screen at k/fps.
 *
 * `setpts` puts the first frame at 0. `fps` with rounding up gives each source frame the first k with pts ≤ k/fps, in
 * exact integer arithmetic, and repeats it until the next one comes: frame k is the last frame with pts ≤ k/fps.
 * `scale` comes after it, so that only sampled frames are converted, and pins the picture to one size when the
 * stream changes its size midway. The turn comes last, because `transpose` cannot take such a change.
 */
function filterGraph(fps: number, scale: string, rotation: Rotation): string {
  return ['setpts=PTS-STARTPTS', `fps=fps=${fps}:round=up`, `scale=${scale}`, ...TURN[rotation]].join(',');
}

interface DecodeSettings {
  fps: number;
  rotation: Rotation;
  limits: VideoLimits;
}

/**
 * ffmpeg arguments that write `000000.jpg` (or png), `000001.jpg` … into its current directory.
 *
 * @param maxPixels larger pictures are scaled down to it, their shape kept
 */
export function imageFileArguments(
  path: string,
  format: FrameFormat,
  settings: DecodeSettings & { maxPixels?: number | undefined },
): string[] {
  const { fps, rotation, maxPixels } = settings;
  // JPEG means full-range BT.601; without the matrix here, BT.709 video would come out with shifted colours.
  const colours = format === 'jpeg' ? 'out_color_matrix=bt601:out_range=full' : 'flags=bicubic';
  const scale = maxPixels === undefined ? colours : `${sizeWithin(maxPixels)}:${colours}`;
  const encoder =
    format === 'jpeg' ? ['-c:v', 'mjpeg', '-q:v', '2', '-pix_fmt', 'yuvj420p'] : ['-c:v', 'png', '-pix_fmt', 'rgb24'];
  return [
    ...decodeArguments(path, filterGraph(fps, scale, rotation), settings),
    // Two threads: a thread for each core would cost memory, and pictures come far apart.
    ...[...encoder, '-threads:v', '2'],
    // Without the encoder's version in each file: equal pictures are equal bytes.
    ...['-map_metadata', '-1', '-bitexact'],
    ...['-f', 'image2', '-start_number', '0', framePattern(format)],
  ];
}

/** Sides in ffmpeg's own terms, so that they follow from the first picture, whatever the container declares. */
function sizeWithin(pixels: number): string {
  const factor = `min(1\\,sqrt(${pixels}/(iw*ih)))`;
  return `w=max(1\\,trunc(iw*${factor})):h=max(1\\,trunc(ih*${factor}))`;
}

/** ffmpeg arguments that write raw RGB24 pictures of `width` × `height` to standard output. */
export function rawVideoArguments(
  path: string,
  size: { width: number; height: number },
  settings: DecodeSettings,
): string[] {
  const { fps, rotation } = settings;
  // Scaled before the turn: sides swap.
  const [width, height] = rotation % 180 === 0 ? [size.width, size.height] : [size.height, size.width];
  const graph = filterGraph(fps, `${width}:${height}:flags=bicubic`, rotation);
  return [...decodeArguments(path, graph, settings), '-c:v', 'rawvideo', '-pix_fmt', 'rgb24', '-f', 'rawvideo', '-'];
}

/** Frames that may be made; one more is asked for, so that reaching the bound can be told from ending at it. */
export function frameBudget(fps: number, limits: VideoLimits): number {
  return Math.min(Math.floor(limits.maxFrames), Math.ceil(limits.maxDurationSec * fps));
}

export function frameName(index: number, format: FrameFormat): string {
  return `${String(index).padStart(6, '0')}.${extension(format)}`;
}

function framePattern(format: FrameFormat): string {
  return `%06d.${extension(format)}`;
}

function extension(format: FrameFormat): string {
  return format === 'jpeg' ? 'jpg' : 'png';
}

function decodeArguments(path: string, graph: string, { fps, limits }: DecodeSettings): string[] {
  return [
    ...['-hide_banner', '-loglevel', 'error', '-nostdin', '-nostats'],
    // Damaged packets are skipped however many they are: what can be decoded decides, and is reported.
    ...['-max_error_rate', '1'],
    // Filters see sampled frames only; more threads would merely reserve memory on machines with many cores.
    ...['-filter_threads', '2'],
    // One filter graph for the whole stream: a rebuilt one would start to count again. Turning is ours, see above.
    ...['-reinit_filter', '0', '-noautorotate'],
    ...['-threads', String(DECODER_THREADS), ...inputArguments(path, limits)],
    // The first video stream that is not cover art.
    ...['-map', '0:V:0', '-vf', graph, '-fps_mode', 'passthrough'],
    ...['-frames:v', String(frameBudget(fps, limits) + 1)],
  ];
}
