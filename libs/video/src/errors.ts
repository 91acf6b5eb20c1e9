import { SrvauError } from '@srvau/contracts';

/** Why a video cannot be used. The fault is stable: callers count and report by it. */
export type VideoFault =
  | 'missing'
  | 'not-a-file'
  | 'empty-file'
  | 'not-a-video'
  | 'no-video-stream'
  | 'no-frames'
  | 'corrupt'
  | 'changed'
  | 'too-long'
  | 'too-large'
  | 'timed-out';

/** A fault of one video file (code UNPROCESSABLE, never retryable): the same bytes would fail again. */
export class VideoError extends SrvauError {
  /**
   * @param file path as the caller gave it.
   * @param expected what a usable file would have been, for the message and `details`.
   * @param received what was found instead.
   */
  constructor(
    readonly fault: VideoFault,
    readonly file: string,
    expected: string,
    received: string,
    cause?: unknown,
  ) {
    // Quoted as JSON: a name with a newline or an escape sequence must not forge lines of a log.
    super('UNPROCESSABLE', `video ${JSON.stringify(file)}: expected ${expected}, received ${received}`, {
      details: [{ field: file, expected, received }],
      cause,
    });
  }
}
