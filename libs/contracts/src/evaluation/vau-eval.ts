import type { ModelIdentity } from '../models/model-identity';
import type { NamedIds } from './scores';

/**
 * What a judge marks: classification correctness, key concept matching, fluency, informativeness, factual consistency
 * (VAU-Eval; the paper's Tables 1 and 7).
 */
export const VAU_EVAL_DIMENSIONS = ['cls', 'km', 'flu', 'inf', 'fac'] as const;
export type VauEvalDimension = (typeof VAU_EVAL_DIMENSIONS)[number];

/** Best mark of a dimension; the worst is 0. */
export const VAU_EVAL_MAX_MARK = 10;

/** Times that one item is judged. */
export const MAX_JUDGE_REPEATS = 10;

/** Whole numbers from 0 to 10 as a judge gives them; over several repeats their means. */
export type VauEvalMarks = Readonly<Record<VauEvalDimension, number>>;

/** Why a reply of a judge is not taken. */
export const JUDGE_FAULTS = [
  /** Nothing but white space. */
  'empty',
  /** Cut off at its greatest length: whatever it says, it was not done. */
  'cut-off',
  /** Held back by a filter of contents, or the judge refused. */
  'filtered',
  /** No JSON object with any of the five marks. */
  'no-marks',
  'mark-missing',
  /** Not a whole number from 0 to 10: 11, −1, 7.5, "8/10" … */
  'mark-wrong',
  /** Several objects with different marks, or one mark twice. */
  'ambiguous',
] as const;
export type JudgeFault = (typeof JUDGE_FAULTS)[number];

/** A reply as it came. */
export interface JudgeReply {
  /** Which time of judging the item, from 0. */
  repeat: number;
  /** From 0; the later ones were told what was wrong. */
  attempt: number;
  text: string;
  finishReason: 'stop' | 'length' | 'filtered';
  /** Who answered, as the endpoint says; null where it does not. */
  model: string | null;
  /** Null where the reply is taken. */
  fault: { code: JudgeFault; message: string } | null;
  /** Null where the backend does not tell. */
  promptTokens: number | null;
  completionTokens: number | null;
}

/** Why an item, or one repeat of it, has no marks: the fault of the last reply, or why there was none. */
export type UnscoredReason =
  | JudgeFault
  /** There is nothing to judge. */
  | 'candidate-empty'
  /** The judge takes no such request: an item longer than its context. */
  | 'request-refused'
  /** The judge breaks down over this item again and again, while it answers others. */
  | 'unanswered';

/** One item, judged. A line of `judgements.jsonl`. */
export interface VauEvalJudgement {
  id: string;
  /** Means over the repeats that gave marks; null where none did. */
  marks: VauEvalMarks | null;
  /** Sum of the five, 0–50. What a judge itself gives for a total is not looked at. */
  total: number | null;
  /** Of each repeat. */
  repeats: ({ marks: VauEvalMarks; unscored: null } | { marks: null; unscored: UnscoredReason; detail: string })[];
  /** All of them, those that were sent back too, in the order of repeats and attempts. */
  replies: JudgeReply[];
}

/** How far the repeats of a judge agree on one dimension, over pairs of repeats of one item. */
export interface RepeatAgreement {
  /** Pairs that both have marks. */
  pairs: number;
  /** Mean of |a − b|, in marks; null without pairs. */
  meanAbsoluteDifference: number | null;
  /** Of pairs with equal marks, 0–100. */
  exact: number | null;
  /** Krippendorff's alpha for interval data, at most 1; null where all marks are equal, as there is nothing to tell apart. */
  alpha: number | null;
}

/** Result of the job `evaluation.judge`; part of a report. Nothing is filled in for what is unscored. */
export interface VauEvalSummary {
  /** Mean marks, 0–10, over `n` judged items; null without any. */
  dimensions: Record<VauEvalDimension, { mean: number | null; n: number }>;
  /** Mean of the items' totals, 0–50. */
  total: number | null;
  items: number;
  judged: number;
  /** Items without marks, by reason; of several repeats the last one's. */
  unscored: NamedIds & { reasons: Partial<Record<UnscoredReason, NamedIds>> };
  repeats: number;
  /** Repeats without marks, those of unscored items too. */
  unscoredRepeats: number;
  /** Null with one repeat. */
  agreement: (Record<VauEvalDimension, RepeatAgreement> & { total: RepeatAgreement }) | null;
  judge: ModelIdentity;
  /** Replies by the model that the endpoint says has answered; empty where it does not say. */
  answeredBy: Record<string, number>;
  promptId: string;
  /** SHA-256 of the wording. */
  promptHash: string;
  sampling: { temperature: number; maxNewTokens: number; seed: number };
  /** Replies in all, and how many were sent back for what. */
  replies: number;
  faults: Partial<Record<JudgeFault, number>>;
  /** Of all replies; null where one did not tell. */
  usage: { promptTokens: number | null; completionTokens: number | null };
}

/** What the job returns. */
export interface EvaluationJudgeResult extends VauEvalSummary {
  /** Directory with `judgements.jsonl` and `summary.json`. */
  out: string;
}
