import type { DatasetExclusion, DatasetRow } from '@srvau/contracts';
import { type AdmittedRow, exclusionOf, type Finding } from '../annotations';
import type { VideoOutcome } from './video-steps';

/** What is known of a video when the manifest is written. */
export type VideoResult = VideoOutcome | { kind: 'missing' } | { kind: 'ambiguous'; candidates: readonly string[] };

export interface JoinedRow {
  row: DatasetRow;
  exclusions: DatasetExclusion[];
  warnings: Finding[];
}

/** Annotated times are rounded, and the last frame stays on screen for a moment: this much is no contradiction. */
const TOLERANCE_SEC = 0.5;

/**
 * Joins a row with its video. A missing or unreadable video leaves eligibility as annotated; a span that begins when the
 * video is over does not, since no answer could ever overlap it.
 *
 * @param first whether the row is the first to name the video: a video's fault is listed once.
 */
export function joinRow(admitted: AdmittedRow, video: VideoResult, first: boolean): JoinedRow {
  const { id, line, fields, qa } = admitted;
  const readable = video.kind === 'readable' ? video : null;
  const span = readable === null ? null : judgeSpanAgainst(readable.durationSec, fields.spanSec);
  const grounding = admitted.grounding ?? span?.exclusion ?? null;
  const videoFault = first ? faultOf(video) : null;

  const exclude = (scope: 'qa' | 'grounding' | 'video', finding: Finding | null): DatasetExclusion[] =>
    finding === null ? [] : [exclusionOf(fields.row, line, id, fields.video, scope, finding)];
  return {
    row: {
      id,
      row: fields.row,
      source: fields.source,
      split: fields.split,
      video: fields.video,
      videoKey: readable?.videoKey ?? null,
      videoSha256: readable?.videoSha256 ?? null,
      durationSec: readable?.durationSec ?? null,
      width: readable?.width ?? null,
      height: readable?.height ?? null,
      frames: readable?.frames ?? null,
      question: fields.question,
      options: fields.options,
      correctOption: fields.correctOption,
      keyObject: fields.keyObject,
      description: fields.description,
      reasoning: fields.reasoning,
      reasoningRepr: fields.reasoningRepr,
      anomalyClass: fields.anomalyClass,
      normal: fields.normal,
      spanSec: fields.spanSec,
      events: fields.events,
      qaEligible: qa === null,
      groundingEligible: grounding === null,
    },
    exclusions: [...exclude('qa', qa), ...exclude('grounding', grounding), ...exclude('video', videoFault)],
    warnings: [
      ...admitted.warnings,
      ...(span?.warning === undefined ? [] : [span.warning]),
      ...(first && readable !== null ? oddities(readable) : []),
    ],
  };
}

/** The published spans of some videos reach a little beyond their end; such a span is kept as annotated. */
function judgeSpanAgainst(
  durationSec: number,
  spanSec: DatasetRow['spanSec'],
): { exclusion?: Finding; warning?: Finding } {
  if (spanSec === null) return {};
  const [startSec, endSec] = spanSec;
  const detail = `expected a span within ${durationSec} s of video, received ${startSec} to ${endSec}`;
  if (startSec >= durationSec) return { exclusion: { reason: 'grounding:span-after-video', detail } };
  if (endSec > durationSec + TOLERANCE_SEC) return { warning: { reason: 'grounding:span-exceeds-video', detail } };
  return {};
}

function faultOf(video: VideoResult): Finding | null {
  switch (video.kind) {
    case 'readable':
      return null;
    case 'unreadable':
      return { reason: `video:${video.fault}`, detail: video.detail };
    case 'missing':
      return { reason: 'video:missing', detail: 'expected a video file of this name, received none' };
    case 'ambiguous': {
      const shown = video.candidates.slice(0, 5).join(', ');
      const more = video.candidates.length > 5 ? ` and ${video.candidates.length - 5} more` : '';
      return { reason: 'video:ambiguous', detail: `expected one file of this name, received ${shown}${more}` };
    }
  }
}

function oddities({ truncated, damaged }: Extract<VideoOutcome, { kind: 'readable' }>): Finding[] {
  if (truncated) return [{ reason: 'video:truncated', detail: 'the file ends before what it declares' }];
  return damaged ? [{ reason: 'video:damaged', detail: 'the decoder complained about the file' }] : [];
}
