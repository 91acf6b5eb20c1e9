import { type GroundingFigures, type Percent, RECALL_THRESHOLDS, type RecallThreshold } from '@srvau/contracts';
import { Sum } from '../statistics/sum';

/**
 * Times are decimal, sums of them are not: 10.2 − 7.2 is a little less than 3. What is exactly at a threshold in decimals
 * counts.
 */
const ROUNDING = 1e-9;

/** 100 · part / whole; null where there is no whole, as 0 of 0 is not 0 %. */
export function percent(part: number, whole: number): Percent {
  return whole === 0 ? null : (100 * part) / whole;
}

/** For each of the thresholds. */
const LEAST = RECALL_THRESHOLDS.map((threshold) => Number(threshold) - ROUNDING);

/** Whether a row is found at a threshold: its score, 0–1, is at least that. */
export function reaches(score: number, threshold: RecallThreshold): boolean {
  return score >= (LEAST[RECALL_THRESHOLDS.indexOf(threshold)] as number);
}

/** Counts rows of grounding. mIoU = 100/n · Σ score; R@k = 100/n · |{score ≥ k}|; null where there are no rows. */
export class GroundingCount {
  total = 0;
  private readonly sum = new Sum();
  /** For each of the thresholds. */
  private readonly found = RECALL_THRESHOLDS.map(() => 0);

  /** @param score of the row, 0–1 */
  add(score: number): void {
    this.total += 1;
    this.sum.add(score);
    for (let i = 0; i < LEAST.length; i += 1) if (score >= (LEAST[i] as number)) (this.found[i] as number) += 1;
  }

  figures(): GroundingFigures {
    const recall = RECALL_THRESHOLDS.map((threshold, i) => [threshold, percent(this.found[i] as number, this.total)]);
    return {
      mIoU: percent(this.sum.value, this.total),
      recall: Object.fromEntries(recall) as GroundingFigures['recall'],
    };
  }
}

/** mIoU in percent of rows' scores, 0–1. */
export function meanIou(scores: ArrayLike<number>): Percent {
  return figuresOf(scores).mIoU;
}

/** mIoU and recall of rows' scores, 0–1. */
export function figuresOf(scores: ArrayLike<number>): GroundingFigures {
  const count = new GroundingCount();
  for (let i = 0; i < scores.length; i += 1) count.add(scores[i] as number);
  return count.figures();
}
