import type { RolloutTask } from '../reward/rollout';

/**
 * `strict`: what is missing or cannot be read is wrong; grounding is scored as the reward is (paper, Eq. 6).
 * `vau-bench`: as the published evaluator counts. See `@srvau/metrics`.
 */
export const EVALUATION_PROTOCOLS = ['strict', 'vau-bench'] as const;
export type EvaluationProtocol = (typeof EVALUATION_PROTOCOLS)[number];
/** Goes up when the same rows would be scored otherwise. */
export const EVALUATION_PROTOCOL_VERSION = 1;

/** Of the bootstrap. */
export const MAX_RESAMPLES = 10_000;
export const DEFAULT_RESAMPLES = 1_000;

/** Thresholds of IoU at which recall is told; a span counts from the threshold on. */
export const RECALL_THRESHOLDS = ['0.3', '0.5', '0.7'] as const;
export type RecallThreshold = (typeof RECALL_THRESHOLDS)[number];

/** 0–100; null where nothing was scored. */
export type Percent = number | null;
/** Two ends, both belong to it. */
export type PercentInterval = readonly [low: number, high: number] | null;

/** How many, and the first of them in the order of the input. */
export interface NamedIds {
  count: number;
  ids: string[];
}

interface Counts {
  /** References that are scored: the denominator. */
  total: number;
  /** Of the references that take part, those whose prediction cannot be read. */
  unparsable: number;
  /** Those without a prediction. */
  missing: number;
  /** References that take no part: no label, no temporal truth … */
  skipped: number;
}

export interface QaScores extends Counts {
  /** 100 · correct / total */
  accuracy: Percent;
  correct: number;
}

/** Figures of grounding; see `@srvau/metrics` for what the protocols score a row with. */
export interface GroundingFigures {
  /** Mean of the rows' scores, in percent. */
  mIoU: Percent;
  /** Share of rows that score at least the threshold. */
  recall: Record<RecallThreshold, Percent>;
}

export interface TagScores extends GroundingFigures, Counts {
  /** The same over anomalous references alone. */
  anomalous: GroundingFigures & { total: number };
  /** Normal videos: how many are called so. */
  normal: { accuracy: Percent; correct: number; total: number };
}

/** From the first answer to the final one, of predictions that hold two. */
export interface TransitionCounts {
  correctToCorrect: number;
  wrongToCorrect: number;
  wrongToWrong: number;
  correctToWrong: number;
  total: number;
}

/** Of each figure: what resampling the rows gives in `level` percent of the cases. */
export interface ScoreIntervals {
  level: number;
  resamples: number;
  seed: number;
  qa: { accuracy: PercentInterval };
  tag: { mIoU: PercentInterval; recall: Record<RecallThreshold, PercentInterval> };
}

export interface ClassScores {
  anomalyClass: string;
  qa: { accuracy: Percent; correct: number; total: number };
  tag: GroundingFigures & { total: number };
}

export interface ScoreCoverage {
  references: number;
  predictions: number;
  /** 100 · references with a prediction / references */
  percent: number;
  missing: NamedIds;
  /** Predictions whose id no reference has; they are passed over. */
  unknown: NamedIds;
  /** Predictions whose id came before; the first one counts. */
  duplicate: NamedIds;
}

/** What predictions are worth against references: reply of `srvau.evaluation.score`, output of `srvau evaluate score --json`. */
export interface EvaluationScores {
  protocol: { name: EvaluationProtocol; version: number };
  qa: QaScores;
  tag: TagScores;
  transitions: Record<RolloutTask, TransitionCounts>;
  /** Null where they were not asked for. */
  intervals: ScoreIntervals | null;
  /** By name, in the order of code units. */
  classes: ClassScores[];
  coverage: ScoreCoverage;
  /** Why references take no part, by `<task>:<reason>`. */
  skipped: Record<string, NamedIds>;
  /** What is wrong with predictions, by `<task>:<reason>`; a prediction that can be read may be listed too. */
  faults: Record<string, NamedIds>;
}
