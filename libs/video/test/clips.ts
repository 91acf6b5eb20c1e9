import { media, ffmpeg } from './media';

const FIRST_LEVEL = 10;
const LEVEL_STEP = 5;

/** Frame i of a made clip is plain grey of this level: whatever codec it went through, it tells its number, up to 48. */
const levelOf = (id: number): number => (FIRST_LEVEL + LEVEL_STEP * id) % 256;
const idOf = (level: number): number => Math.round((level - FIRST_LEVEL) / LEVEL_STEP);

/** Encodes one frame for each time. `options` go before the output, e.g. codec and container settings. */
export async function makeClip(file: string, timesMs: readonly number[], options: string[] = []): Promise<void> {
  const [width, height] = [64, 48];
  const pixels = Buffer.concat(timesMs.map((_, id) => Buffer.alloc(width * height, levelOf(id))));
  const steps = timesMs.map((time, id) => `gte(N,${id})*${time - (timesMs[id - 1] ?? 0)}`).join('+');
  await media(
    'ffmpeg',
    [
      ...['-y', '-f', 'rawvideo', '-pix_fmt', 'gray', '-s', `${width}x${height}`, '-framerate', '10', '-i', '-'],
      ...['-vf', `settb=1/1000,setpts='${steps}'`, '-fps_mode', 'passthrough', '-enc_time_base', '1:1000'],
      ...['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-qp', '10', '-bf', '2', '-g', '6', ...options, file],
    ],
    pixels,
  );
}

export interface TimedFrame {
  id: number;
  /** Since the first frame. */
  ticks: number;
}

export interface TimedVideo {
  frames: TimedFrame[];
  ticksPerSec: number;
}

/** Every decodable frame with its time, read without our code: what sampling is checked against. */
export async function framesOf(file: string): Promise<TimedVideo> {
  const shown = 'stream=time_base:frame=best_effort_timestamp';
  const report = await media('ffprobe', ['-select_streams', 'V:0', '-show_entries', shown, '-of', 'json', file]);
  const { frames, streams } = JSON.parse(report.toString()) as {
    frames: { best_effort_timestamp: number }[];
    streams: { time_base: string }[];
  };
  const [numerator, denominator] = (streams[0]?.time_base ?? '').split('/').map(Number);
  const ids = await readIds(['-i', file]);
  const first = frames[0]?.best_effort_timestamp ?? 0;
  if (ids.length !== frames.length) throw new Error(`${file}: ${frames.length} frames listed, ${ids.length} decoded`);
  return {
    frames: ids.map((id, i) => ({ id, ticks: (frames[i]?.best_effort_timestamp ?? 0) - first })),
    ticksPerSec: (denominator ?? NaN) / (numerator ?? NaN),
  };
}

/** Ids by the definition: for each k/fps up to the last frame's time, the last frame whose time is not later. */
export function expectedIds({ frames, ticksPerSec }: TimedVideo, fps: number): number[] {
  const end = frames.at(-1)?.ticks ?? 0;
  const ids: number[] = [];
  for (let k = 0; (k / fps) * ticksPerSec <= end; k += 1) {
    const onScreen = frames.filter((frame) => frame.ticks * fps <= k * ticksPerSec);
    ids.push(onScreen.at(-1)?.id ?? NaN);
  }
  return ids;
}

/** Ids of written pictures, in order. */
export async function idsOfPictures(directory: string, format: 'jpg' | 'png' = 'jpg'): Promise<number[]> {
  return readIds(['-f', 'image2', '-start_number', '0', '-i', `${directory.replaceAll('%', '%%')}/%06d.${format}`]);
}

/** Id of a raw RGB24 picture. */
export const idOfPixels = (rgb: Buffer): number => idOf(rgb[Math.floor(rgb.length / 2)] ?? NaN);

async function readIds(input: string[]): Promise<number[]> {
  const onePixel = ['-vf', 'format=gray,crop=1:1', '-fps_mode', 'passthrough', '-f', 'rawvideo', '-pix_fmt', 'gray'];
  return [...(await ffmpeg(...input, '-map', '0:V:0', ...onePixel, '-'))].map(idOf);
}
