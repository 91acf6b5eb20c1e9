import { availableParallelism } from 'node:os';
import type { VideoLimits } from '../limits';

/**
 * Demuxers we let ffmpeg use. All read one self-contained file. Left out on purpose are those that open what a file
 * names (hls, dash, concat, sdp, imf, image2) and those that take any bytes for a picture or raw video.
 */
const CONTAINERS = ['mov', 'matroska', 'avi', 'mpegts', 'mpeg', 'flv', 'asf', 'ogg', 'mxf', 'ivf', 'dhav'];

/** ffmpeg takes a thread more than there are cores; each costs a picture or two of memory, so the limit must not grow with the machine. */
export const DECODER_THREADS = Math.min(availableParallelism() + 1, 8);

/**
 * Options up to and including `-i`. A container that names other files or addresses (a playlist under a video's
 * name, a QuickTime reference) reads nothing else: its demuxer is not on the list, external references of QuickTime
 * are off by default, and `file` is the only protocol.
 *
 * @param path absolute; the `file:` prefix keeps a name such as `http:x` or `concat:a|b` from being read as an address.
 */
export function inputArguments(path: string, limits: Pick<VideoLimits, 'memoryMb' | 'maxPixels'>): string[] {
  return [
    ...['-max_alloc', String(Math.ceil(limits.memoryMb * 2 ** 19))],
    ...['-protocol_whitelist', 'file'],
    ...['-format_whitelist', CONTAINERS.join(',')],
    ...['-max_pixels', String(Math.ceil(limits.maxPixels))],
    ...['-i', `file:${path}`],
  ];
}
