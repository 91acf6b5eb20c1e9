import { spanIou } from '@srvau/contracts';
import { renderSpan } from '../transcript/render-transcript';
import type { RoundAnswer } from '../transcript/transcript';
import type { RevisionFault, RevisionLimits, RevisionTruth } from './revision';

/** Holds the revised answer against the truth. */
export function checkAnswer(
  answer: RoundAnswer | undefined,
  truth: RevisionTruth,
  { minSpanIou, timeToleranceSec }: RevisionLimits,
): RevisionFault[] {
  const received = answer === undefined || answer.text === '' ? 'none' : JSON.stringify(answer.text.slice(0, 80));
  const wrong = (expected: string): RevisionFault[] => [
    { code: 'wrong-answer', message: `answer: expected ${expected}, received ${received}` },
  ];
  if (truth.task === 'qa') return answer?.option === truth.correctOption ? [] : wrong(truth.correctOption);
  if (truth.span === undefined) return answer?.verdict === 'normal' ? [] : wrong('Normal');
  if (answer?.verdict !== 'anomaly') return wrong('Anomaly');

  const { span } = answer;
  const expected = renderSpan(truth.span);
  if (span === undefined) return [{ code: 'span-missing', message: `glue: expected ${expected}, received none` }];
  const endSec = truth.durationSec === undefined ? Infinity : truth.durationSec + timeToleranceSec;
  if (span.startSec < 0 || span.endSec > endSec) {
    const message = `glue: expected times inside of the video, received ${renderSpan(span)}`;
    return [{ code: 'span-outside-video', message }];
  }
  const iou = spanIou(span, truth.span);
  if (iou >= minSpanIou) return [];
  const message = `glue: expected ${expected}, received ${renderSpan(span)} (IoU ${iou.toFixed(2)} below ${minSpanIou})`;
  return [{ code: 'span-differs', message }];
}
