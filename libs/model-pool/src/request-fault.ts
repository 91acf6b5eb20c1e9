import { type ErrorCode, SrvauError } from '@srvau/contracts';
import { VideoError } from '@srvau/video';

/** What is the matter with one request to a model. */
export interface RequestFault {
  /** The video cannot be read; the model did not answer this very request, or takes no such request. */
  of: 'video' | 'answer' | 'request';
  /** Kebab-case code. */
  reason: string;
  detail: string;
}

/** The backend is away; the same request may succeed later. */
export const AWAY: ReadonlySet<ErrorCode> = new Set(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'BUSY']);
const OF_MEDIA: ReadonlySet<ErrorCode> = new Set(['NOT_FOUND', 'FORBIDDEN', 'UNPROCESSABLE', 'PAYLOAD_TOO_LARGE']);
const OF_REQUEST: ReadonlySet<ErrorCode> = new Set(['INVALID_REQUEST', 'UNPROCESSABLE', 'PAYLOAD_TOO_LARGE']);

/**
 * The fault of one request in what a model threw for it. Undefined where the error is about the model itself (no
 * permission, no such model), and so of every request.
 */
export function requestFaultOf(error: unknown): RequestFault | undefined {
  if (!(error instanceof SrvauError)) return undefined;
  const video = videoErrorIn(error);
  if (video !== undefined) return { of: 'video', reason: `video-${video.fault}`, detail: detailOf(error) };
  const ofMedia = error.details.some(({ field }) => /^messages\[\d+\]\.content\[\d+\]/.test(field));
  if (ofMedia && OF_MEDIA.has(error.code)) {
    return { of: 'video', reason: 'video-unreadable', detail: detailOf(error) };
  }
  // Whoever waits for models gives up only where one breaks down over this very request, or answers it without end.
  if (AWAY.has(error.code) || error.details.some(({ field }) => field === 'answer'))
    return { of: 'answer', reason: 'unanswered', detail: error.message };
  if (!OF_REQUEST.has(error.code)) return undefined;
  return { of: 'request', reason: 'request-refused', detail: error.message };
}

/** Why a video of a row cannot be shown, in what opening it threw; undefined where the error is no fault of the file. */
export function openingFaultOf(error: unknown): { reason: string; detail: string } | undefined {
  if (!(error instanceof SrvauError) || !OF_MEDIA.has(error.code)) return undefined;
  const video = videoErrorIn(error);
  if (video !== undefined) return { reason: `video-${video.fault}`, detail: detailOf(error) };
  const reason = error.code === 'NOT_FOUND' ? 'video-missing' : 'video-unreadable';
  return { reason, detail: error.details[0]?.received ?? error.message };
}

function videoErrorIn(error: unknown): VideoError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof VideoError) return at;
  return undefined;
}

/** Without the path, which is one of this machine: what is written of it is equal on all of them. */
function detailOf(error: SrvauError): string {
  const [detail] = error.details;
  return detail === undefined ? error.message : `expected ${detail.expected}, received ${detail.received}`;
}
