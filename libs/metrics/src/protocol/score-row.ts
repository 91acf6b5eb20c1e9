import type { EvaluationProtocol, PredictionRow, ReferenceRow, TranscriptGrammar } from '@srvau/contracts';
import { GROUNDING_RULES, type GroundingRules, isNormal } from './protocols';
import { type ReadAnswer, type ReadAnswers, readAnswers } from './read-answers';

/** What one prediction is worth; what `PredictionScorer` counts, row by row. */
export interface RowScore extends ReadAnswers {
  /**
   * 0–1: `qa` 1 for the right option, `tag` as the protocol scores it. Null where the row is in no denominator: its reference takes
   * no part, or it is missing and the protocol drops what is missing.
   */
  readonly score: number | null;
  /** `qa`: the option, `tag`: the verdict. Null where the reference takes no part; what cannot be read is wrong. */
  readonly right: boolean | null;
  /** Of the first of two answers; null where there are not two. */
  readonly firstRight: boolean | null;
}

/** @param prediction undefined where there is none */
export function scoreRow(
  reference: ReferenceRow,
  prediction: PredictionRow | undefined,
  settings: { protocol: EvaluationProtocol; grammar?: TranscriptGrammar | undefined },
): RowScore {
  const rules = GROUNDING_RULES[settings.protocol];
  const { task } = reference;
  const { final, first }: ReadAnswers =
    prediction === undefined ? { final: undefined, first: undefined } : readAnswers(prediction, task, settings.grammar);
  const takesPart = task === 'qa' ? reference.label !== undefined : rules.skip(reference) === undefined;
  if (!takesPart) return { final, first, score: null, right: null, firstRight: null };
  const isDropped = prediction === undefined && task === 'tag' && rules.dropsMissing;
  return {
    final,
    first,
    score: isDropped ? null : final === undefined ? 0 : scoreOf(reference, final, rules),
    right: final !== undefined && isRight(reference, final),
    firstRight: first === undefined || final === undefined ? null : isRight(reference, first),
  };
}

/** Of a reference that takes part, 0–1. */
export function scoreOf(reference: ReferenceRow, final: ReadAnswer, rules: GroundingRules): number {
  if (reference.task === 'tag') return rules.score(reference, final);
  return final.option === reference.label ? 1 : 0;
}

/** For the transitions: the option, or in grounding the verdict. An answer that cannot be read is wrong. */
export function isRight(reference: ReferenceRow, { option, verdict }: ReadAnswer): boolean {
  if (reference.task === 'qa') return option === reference.label;
  return verdict === (isNormal(reference) ? 'normal' : 'anomaly');
}
