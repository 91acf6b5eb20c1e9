import type { RoundAnswer } from '@srvau/reasoning';
import type { Rollout, Truth } from './rollout';

/** Whether anything anomalous happens, as far as the truth tells: a span alone tells that something does. */
export function truthVerdict({ normal, span }: Truth): RoundAnswer['verdict'] {
  if (normal !== undefined) return normal ? 'normal' : 'anomaly';
  return span === undefined ? undefined : 'anomaly';
}

/**
 * Whether an answer of the rollout is right. An answer that is missing, or cannot be read, or names several options, is
 * wrong; it never equals a truth that is missing too.
 *
 * @param answer of `rollout.transcript`
 * @returns undefined where the truth does not tell: no label A to Z for `qa`, no verdict for `tag`
 */
export function isCorrect({ task, truth }: Rollout, answer: RoundAnswer | undefined): boolean | undefined {
  if (task === 'qa') return isLabel(truth.label) ? answer?.option === truth.label : undefined;
  const verdict = truthVerdict(truth);
  return verdict === undefined ? undefined : answer?.verdict === verdict;
}

function isLabel(label: string | undefined): label is string {
  return label?.length === 1 && label >= 'A' && label <= 'Z';
}
