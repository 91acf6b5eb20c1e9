import { type EvaluationProtocol, type ReferenceRow, spanIou, spanLengthSec, type TimeSpan } from '@srvau/contracts';
import type { ReadAnswer } from './read-answers';

/** Why a reference takes no part. */
export type Skip = 'no-label' | 'no-span' | 'empty-span' | 'normal' | 'no-temporal-truth';

/**
 * What a protocol decides about grounding. Question answering is the same in all: a reference takes part if it has a label; its
 * row is right if the final answer names that option; a row that is missing or names none is wrong.
 */
export interface GroundingRules {
  /** Whether a prediction that is missing leaves the denominator; else it scores 0. */
  readonly dropsMissing: boolean;
  /** Whether the reference is scored by what is said of the video, not by a span. */
  isNormal(reference: ReferenceRow): boolean;
  /** Undefined: it takes part. */
  skip(reference: ReferenceRow): Skip | undefined;
  /** Whether the prediction says what is needed for a score. */
  isReadable(answer: ReadAnswer): boolean;
  /** Score of a row that takes part, 0–1. */
  score(reference: ReferenceRow, answer: ReadAnswer): number;
}

/**
 * The final answer is scored as the temporal reward scores it (paper, Eq. 6): a normal video that is called normal 1, an
 * anomalous one that is called so the IoU of the spans, anything else 0. A reference takes part if it is normal, or anomalous with a
 * span. Of ECVA's 438 test rows 36 anomalous ones have no span: 402 take part.
 */
const strict: GroundingRules = {
  dropsMissing: false,
  isNormal,
  skip(reference) {
    if (isNormal(reference)) return undefined;
    if (reference.spanSec === undefined) return reference.normal === undefined ? 'no-temporal-truth' : 'no-span';
    return isEmpty(reference.spanSec) ? 'empty-span' : undefined;
  },
  isReadable: ({ verdict, span }) => verdict === 'normal' || (verdict === 'anomaly' && span !== undefined),
  score(reference, { verdict, span }) {
    if (isNormal(reference)) return verdict === 'normal' ? 1 : 0;
    return verdict === 'anomaly' ? iou(reference, span) : 0;
  },
};

/**
 * As the published evaluator counts: every reference with a span takes part, whatever its class, and no other (so 120 of MSAD's 240
 * test rows, and 402 of ECVA's, of which two are called Normal); the spans alone are compared, whatever the verdict; a video
 * without a prediction leaves the denominator.
 */
const vauBench: GroundingRules = {
  dropsMissing: true,
  isNormal: () => false,
  skip(reference) {
    if (reference.spanSec !== undefined) return isEmpty(reference.spanSec) ? 'empty-span' : undefined;
    if (reference.normal === undefined) return 'no-temporal-truth';
    return reference.normal ? 'normal' : 'no-span';
  },
  isReadable: ({ verdict, span }) => span !== undefined || verdict === 'normal',
  score: (reference, { span }) => iou(reference, span),
};

export const GROUNDING_RULES: Readonly<Record<EvaluationProtocol, GroundingRules>> = { strict, 'vau-bench': vauBench };

/** A span alone says that something happens. */
export function isNormal({ normal }: ReferenceRow): boolean {
  return normal === true;
}

export const toSpan = ([startSec, endSec]: readonly [number, number]): TimeSpan => ({ startSec, endSec });

const isEmpty = (span: readonly [number, number]): boolean => spanLengthSec(toSpan(span)) === 0;

function iou({ spanSec }: ReferenceRow, span: TimeSpan | undefined): number {
  return spanSec === undefined || span === undefined ? 0 : spanIou(span, toSpan(spanSec));
}
