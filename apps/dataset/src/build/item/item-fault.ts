import { type ErrorCode, type ReflectStage, SrvauError } from '@srvau/contracts';
import { VideoError } from '@srvau/video';

export interface ItemFault {
  stage: ReflectStage;
  reason: string;
  detail: string;
}

/** The backend is away; the same request may succeed later. */
export const AWAY: ReadonlySet<ErrorCode> = new Set(['UNAVAILABLE', 'DEADLINE_EXCEEDED', 'BUSY']);
const OF_MEDIA: ReadonlySet<ErrorCode> = new Set(['NOT_FOUND', 'FORBIDDEN', 'UNPROCESSABLE', 'PAYLOAD_TOO_LARGE']);
const OF_REQUEST: ReadonlySet<ErrorCode> = new Set(['INVALID_REQUEST', 'UNPROCESSABLE', 'PAYLOAD_TOO_LARGE']);

/**
 * The fault of one item in what a model threw: its video cannot be read, or the model takes no such request. Undefined
 * where the error is about the model itself (no permission, no such model), and so of every item.
 */
export function itemFaultOf(error: unknown, stage: 'initial' | 'teacher'): ItemFault | undefined {
  if (!(error instanceof SrvauError)) return undefined;
  const video = videoErrorIn(error);
  if (video !== undefined) {
    return { stage: 'video', reason: `video-${video.fault}`, detail: detailOf(error) };
  }
  const ofMedia = error.details.some(({ field }) => /^messages\[\d+\]\.content\[\d+\]/.test(field));
  if (ofMedia && OF_MEDIA.has(error.code)) {
    return { stage: 'video', reason: 'video-unreadable', detail: detailOf(error) };
  }
  // Whoever waits for models gives up only where one breaks down over this very request.
  if (AWAY.has(error.code)) return { stage, reason: 'unanswered', detail: error.message };
  if (!OF_REQUEST.has(error.code)) return undefined;
  return { stage, reason: 'request-refused', detail: error.message };
}

function videoErrorIn(error: unknown): VideoError | undefined {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof VideoError) return at;
  return undefined;
}

/** Without the path, which is one of this machine: rejects are equal on all of them. */
function detailOf(error: SrvauError): string {
  const [detail] = error.details;
  return detail === undefined ? error.message : `expected ${detail.expected}, received ${detail.received}`;
}
