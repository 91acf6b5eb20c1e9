import type { ReportSummary } from './report-requests';
import type { NamedIds } from './scores';
import type { EvaluationTask, Thinking } from './tasks';

/** Two reports over the items that both scored. Differences are second − first: above 0 the second is better. */
export interface ReportComparison {
  first: ReportSummary;
  second: ReportSummary;
  /** Where the two were made differently: `model.hash`, `settings.seed`, `prompt.qa.with` … */
  differences: { field: string; first: string; second: string }[];
  /** Those of them for which a comparison is refused unless asked for all the same. */
  conflicts: string[];
  bootstrap: { resamples: number; seed: number; level: number };
  /** For each task and way of asking that both have: over all items, then for each source if there are several. */
  parts: ComparedPart[];
  /** Results that one of them has and the other has not. */
  unmatched: { report: 'first' | 'second'; task: EvaluationTask; thinking: Thinking }[];
}

export interface ComparedPart {
  task: EvaluationTask;
  thinking: Thinking;
  /** Null: all. */
  dataset: string | null;
  /** Items that are compared: both have a score for them. */
  pairs: number;
  /** Items that only one of them scored. */
  onlyFirst: NamedIds;
  onlySecond: NamedIds;
  /** Items whose truth differs between the two: they are not compared. */
  otherTruth: NamedIds;
  figures: ComparedFigure[];
}

/** One figure over the pairs: percent, and marks (0–50) of VAU-Eval's total; null where there are no pairs. */
export interface ComparedFigure {
  figure: 'accuracy' | 'mIoU' | 'R@0.3' | 'R@0.5' | 'R@0.7' | 'total';
  first: number | null;
  second: number | null;
  difference: number | null;
  /** Paired bootstrap over the items, in `bootstrap.level` percent of the cases. */
  interval: readonly [low: number, high: number] | null;
  /** Of figures that are shares of items; null of means. */
  mcNemar: ComparedByMcNemar | null;
}

export interface ComparedByMcNemar {
  /** Items that only the first has right, and only the second. */
  onlyFirst: number;
  onlySecond: number;
  /** Two-sided, of the exact test. */
  exactP: number;
}
