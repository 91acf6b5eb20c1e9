import { SrvauError } from '@srvau/contracts';
import { VideoError } from '../errors';
import type { VideoLimits } from '../limits';
import { hasContainerSignature } from '../input/signature';
import type { ProcessExit } from './bounded-process';

const MAX_LINES = 8;
const MAX_LINE_CHARS = 200;

/** Our encoder settings are always the same: when an encoder does not open, memory is short or the picture too large. */
const OUT_OF_MEMORY =
  /(cannot|could not) allocate|failed to map segment|out of memory|bad_alloc|get_buffer\(\) failed|while opening encoder/i;
const NOTHING_CAME = /cannot determine format of input|output file is empty|nothing was (written|encoded)/i;
const DISK_FULL = /no space left on device|disk quota exceeded/i;
const ENDED_EARLY = /partial file|ended prematurely/i;

/** Distinct complaints of ffmpeg without memory addresses and paths, in order, at most eight short lines. */
export function complaints(stderr: string): string[] {
  const lines = stderr
    .split(/[\r\n]+/)
    .map((line) =>
      line
        .replace(/\[([^[\]@]*) @ 0x[0-9a-f]+\] */g, '$1: ')
        .replace(/^file:.*: /, '')
        .trim(),
    )
    .filter((line) => line !== '' && !line.startsWith('Last message repeated'))
    .map((line) => (line.length <= MAX_LINE_CHARS ? line : `${line.slice(0, MAX_LINE_CHARS)}…`));
  return [...new Set(lines)].slice(0, MAX_LINES);
}

/** True when ffmpeg says that the file stops before its container's structure does. */
export function saysEndedEarly(stderr: string): boolean {
  return ENDED_EARLY.test(stderr);
}

/** True when memory ran short. ffmpeg may then leave frames out and yet exit with 0. */
export function saysOutOfMemory(stderr: string): boolean {
  return OUT_OF_MEMORY.test(stderr);
}

/** True when there was no room for what ffmpeg had to write. */
export function saysDiskFull(stderr: string): boolean {
  return DISK_FULL.test(stderr);
}

/** The error that a failed ffmpeg or ffprobe run stands for. */
export async function failureOf(file: string, exit: ProcessExit, limits: VideoLimits): Promise<SrvauError> {
  if (exit.startError !== undefined) {
    const { message } = exit.startError;
    return new SrvauError('UNAVAILABLE', `ffmpeg could not be started: ${message}`, { cause: exit.startError });
  }
  if (exit.timedOut) {
    return new VideoError('timed-out', file, `processing within ${limits.timeoutMs} ms`, 'one that took longer');
  }
  const said = complaints(exit.stderr);
  if (NOTHING_CAME.test(said[0] ?? '')) return nothingDecoded(file, exit.stderr);
  // The last complaint is ffmpeg's verdict, the first its reason.
  const quoted = said.length === 0 ? `exit code ${exit.code ?? exit.killedBy}` : summary(said);
  if (saysDiskFull(exit.stderr)) {
    return new SrvauError('UNAVAILABLE', `frames of ${JSON.stringify(file)} could not be written: ${quoted}`);
  }
  if (saysOutOfMemory(exit.stderr)) {
    return new VideoError('too-large', file, `a video that decodes in ${limits.memoryMb} MiB`, quoted);
  }
  if (await hasContainerSignature(file)) {
    return new VideoError('corrupt', file, 'a readable video', `a damaged one (${quoted})`);
  }
  return new VideoError('not-a-video', file, 'a video file', `something else (${quoted})`);
}

/** The error for a video that opened but gave no frame: by its decoder's complaints damaged, without any just empty. */
export function nothingDecoded(file: string, stderr: string): VideoError {
  const [first] = complaints(stderr);
  if (first === undefined || NOTHING_CAME.test(first)) {
    return new VideoError('no-frames', file, 'at least one video frame', 'none');
  }
  return new VideoError('corrupt', file, 'decodable frames', `none (ffmpeg: ${first})`);
}

function summary(said: string[]): string {
  const [first, last] = [said.at(0), said.at(-1)];
  return first === last ? `ffmpeg: ${first}` : `ffmpeg: ${first}; ${last}`;
}
