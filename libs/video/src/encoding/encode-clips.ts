import type { Duplex } from 'node:stream';
import { SrvauError } from '@srvau/contracts';
import { DEFAULT_VIDEO_LIMITS } from '../limits';
import { type BoundedProcess, type ProcessExit, startBounded } from '../process/bounded-process';
import { complaints, saysDiskFull } from '../process/diagnose';

/** One H.264 file to be written. */
export interface ClipTarget {
  /** Overwritten. */
  path: string;
  /** Pixels, even: chroma has half the resolution. */
  width: number;
  height: number;
  fps: number;
}

export interface EncodeOptions {
  signal?: AbortSignal | undefined;
  /** Time that the caller may have to wait for the encoder in all, ms; the time between pictures does not count. */
  timeoutMs?: number;
}

export interface ClipEncoder {
  /**
   * Adds a picture to clip `index`, RGB24 with rows from the top, and waits while the encoder is behind.
   * @throws SrvauError, see `finish`, when the encoder has gone
   */
  write(index: number, picture: Uint8Array): Promise<void>;
  /** Clip `index` is complete. The others go no further without it: ffmpeg keeps all at about the same time. */
  end(index: number): void;
  /**
   * Ends all clips; the files are complete once this resolves.
   * @throws SrvauError UNAVAILABLE when ffmpeg, its H.264 encoder or room on the disk is missing; INTERNAL for anything else
   */
  finish(): Promise<void>;
  /** Ends the encoder at once; what it has written is of no use. Harmless after `finish`. */
  kill(): Promise<void>;
}

const QUALITY = ['-preset', 'veryfast', '-crf', '23', '-pix_fmt', 'yuv420p'];

/**
 * Encodes several clips at once with one ffmpeg: to start it costs more than to encode a small clip. Each has an encoder of
 * its own with one thread, so that a clip's bytes depend on its pictures alone, not on its company.
 *
 * Clips must be written independently of each other, each waiting for its own `write` alone: ffmpeg reads now from one, now
 * from another.
 */
export async function encodeClips(targets: readonly ClipTarget[], options: EncodeOptions = {}): Promise<ClipEncoder> {
  if (targets.length === 0) throw new RangeError('expected at least one clip to encode, received none');
  const running = await startBounded('ffmpeg', encodeArguments(targets), {
    timeoutMs: options.timeoutMs ?? DEFAULT_VIDEO_LIMITS.timeoutMs,
    memoryMb: memoryFor(targets),
    inputs: targets.length,
    signal: options.signal,
  });
  running.stdout.resume();
  running.deadline.pause();
  let exited: ProcessExit | undefined;
  const exit = running.exit.then((ended) => (exited = ended));
  const verdict = async (): Promise<void> => {
    const ended = await exit;
    options.signal?.throwIfAborted();
    if (ended.code !== 0) throw failureOf(ended);
  };
  return {
    write: async (index, picture) => {
      const input = inputOf(running, index);
      if (exited === undefined && !input.destroyed && !input.write(picture) && input.writableNeedDrain) {
        running.deadline.resume();
        await drained(input);
        running.deadline.pause();
      }
      if (exited !== undefined || input.destroyed) await gone(verdict);
    },
    end: (index) => void inputOf(running, index).end(),
    finish: async () => {
      for (const input of running.inputs) input.end();
      running.deadline.resume();
      await verdict();
    },
    kill: async () => {
      running.kill();
      await exit;
    },
  };
}

/** An encoder that leaves before it was told to has failed, whatever its exit code. */
async function gone(verdict: () => Promise<void>): Promise<never> {
  await verdict();
  throw new SrvauError('INTERNAL', 'ffmpeg ended before all pictures were written');
}

/** Resolves when there is room again, or the reader has gone. */
function drained(input: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      input.off('drain', done).off('close', done);
      resolve();
    };
    input.on('drain', done).on('close', done);
  });
}

function inputOf({ inputs }: BoundedProcess, index: number) {
  const input = inputs[index];
  if (input === undefined) throw new RangeError(`expected a clip from 0 to ${inputs.length - 1}, received ${index}`);
  return input;
}

function encodeArguments(targets: readonly ClipTarget[]): string[] {
  const inputs = targets.flatMap(({ width, height, fps }, i) => [
    ...['-f', 'rawvideo', '-pixel_format', 'rgb24', '-video_size', `${width}x${height}`],
    // All is said already: nothing is read to find out, which would wait for pictures that may come much later.
    ...['-framerate', String(fps), '-probesize', '32', '-analyzeduration', '0'],
    ...['-thread_queue_size', '16', '-i', `pipe:${3 + i}`],
  ]);
  const outputs = targets.flatMap(({ path }, i) => [
    ...[
      '-map',
      `${i}:v`,
      '-sws_flags',
      'bilinear+accurate_rnd+bitexact',
      '-c:v',
      'libx264',
      '-threads',
      '1',
      ...QUALITY,
    ],
    // Equal pictures are equal bytes: no version, no date.
    ...['-map_metadata', '-1', '-fflags', '+bitexact', '-flags:v', '+bitexact', '-movflags', '+faststart'],
    ...['-f', 'mp4', `file:${path}`],
  ]);
  return [
    '-hide_banner',
    '-loglevel',
    'error',
    '-nostdin',
    '-nostats',
    '-y',
    ...inputs,
    '-filter_threads',
    '1',
    ...outputs,
  ];
}

/** Each encoder keeps some dozens of pictures; the rest is ffmpeg itself and the address space of its threads. */
function memoryFor(targets: readonly ClipTarget[]): number {
  const pixels = targets.reduce((sum, { width, height }) => sum + width * height, 0);
  return 2048 + targets.length * 96 + Math.ceil((pixels * 200) / 2 ** 20);
}

function failureOf(exit: ProcessExit): SrvauError {
  if (exit.startError !== undefined) {
    return new SrvauError('UNAVAILABLE', `ffmpeg could not be started: ${exit.startError.message}`, {
      cause: exit.startError,
    });
  }
  if (exit.timedOut) return new SrvauError('DEADLINE_EXCEEDED', 'ffmpeg took too long to encode');
  const said = complaints(exit.stderr).join('; ') || `exit code ${exit.code ?? exit.killedBy}`;
  if (saysDiskFull(exit.stderr)) return new SrvauError('UNAVAILABLE', `no space left for a clip (ffmpeg: ${said})`);
  if (/unknown encoder/i.test(exit.stderr)) {
    return SrvauError.mismatch(
      'UNAVAILABLE',
      'SRVAU_FFMPEG',
      'an ffmpeg with the encoder libx264',
      `one without (${said})`,
    );
  }
  return new SrvauError('INTERNAL', `ffmpeg could not encode: ${said}`);
}
