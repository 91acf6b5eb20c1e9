import {
  abstain,
  type Rollout,
  type RoundAnswer,
  type Score,
  scored,
  spanIou,
  spanLengthSec,
  type SpanSec,
  truthVerdict,
} from '@srvau/reward-sdk';
import type { TemporalIouRewardOptions } from './options';

/**
 * R_IoU (Eq. 6), in [0, 1]: `normalScore` for a normal video that is called normal, the IoU of the spans for an anomalous
 * one that is called so, otherwise 0. Abstains where there is no temporal truth, which is not a score of 0.
 */
export function temporalIouReward(rollout: Rollout, options: Readonly<TemporalIouRewardOptions>): Score {
  const { task, truth, transcript } = rollout;
  if (task !== 'tag') return abstain('not a grounding task');
  const verdict = truthVerdict(truth);
  if (verdict === undefined) return abstain('no temporal truth');
  const answer = options.answer === 'final' ? transcript.finalAnswer : transcript.firstAnswer;
  const right = answer?.verdict === verdict ? 1 : 0;
  if (verdict === 'normal') return scored(right * options.normalScore, { verdict: right });
  if (truth.span === undefined) return abstain('no annotated span');
  // Nothing could overlap with it: a score of 0 would say that every answer is equally wrong.
  if (spanLengthSec(truth.span) === 0) return abstain('the annotated span is empty');
  const iou = right === 1 ? iouOf(answer, truth.span, options.clipToVideo ? rollout.durationSec : undefined) : 0;
  return scored(iou, { verdict: right, iou });
}

/** @param clipAtSec end of the video, where the span is to be cut there and at 0 */
function iouOf(answer: RoundAnswer | undefined, truth: SpanSec, clipAtSec: number | undefined): number {
  const span = answer?.span;
  if (span === undefined) return 0;
  if (clipAtSec === undefined) return spanIou(span, truth);
  return spanIou({ startSec: Math.max(0, span.startSec), endSec: Math.min(clipAtSec, span.endSec) }, truth);
}
