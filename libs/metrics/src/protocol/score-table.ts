import {
  type ClassScores,
  type PercentInterval,
  type QaScores,
  RECALL_THRESHOLDS,
  type ReferenceRow,
  type ScoreIntervals,
  type TagScores,
} from '@srvau/contracts';
import { GroundingCount, percent, reaches } from '../measures/grounding';
import { bootstrapMean, type BootstrapOptions } from '../statistics/bootstrap';
import type { GroundingRules } from './protocols';
import type { ReferenceSet } from './reference-set';

const MISSING = 0;
const UNREADABLE = 1;
const READ = 2;

/** The score of each reference's prediction, and the figures made of them. */
export class ScoreTable {
  private readonly state: Uint8Array;
  /** 0–1; of `qa` 1 where it is right. */
  private readonly score: Float64Array;

  constructor(
    private readonly references: ReferenceSet,
    private readonly rules: GroundingRules,
  ) {
    this.state = new Uint8Array(references.rows.length);
    this.score = new Float64Array(references.rows.length);
  }

  set(index: number, readable: boolean, score: number): void {
    this.state[index] = readable ? READ : UNREADABLE;
    this.score[index] = score;
  }

  figures(): { qa: Omit<QaScores, 'skipped'>; tag: Omit<TagScores, 'skipped'> } {
    const qa = { accuracy: null as number | null, correct: 0, total: 0, unparsable: 0, missing: 0 };
    const counts = { unparsable: 0, missing: 0 };
    const normal = { correct: 0, total: 0 };
    const [all, anomalous] = [new GroundingCount(), new GroundingCount()];
    this.eachPart((row, index) => {
      const of = row.task === 'qa' ? qa : counts;
      if (this.state[index] === MISSING) of.missing += 1;
      else if (this.state[index] === UNREADABLE) of.unparsable += 1;
      if (!this.isCounted(row, index)) return;
      const score = this.score[index] as number;
      if (row.task === 'qa') {
        qa.total += 1;
        qa.correct += score;
        return;
      }
      all.add(score);
      if (!this.rules.isNormal(row)) return anomalous.add(score);
      normal.total += 1;
      normal.correct += score === 1 ? 1 : 0;
    });
    qa.accuracy = percent(qa.correct, qa.total);
    return {
      qa,
      tag: {
        ...all.figures(),
        ...{ total: all.total, ...counts },
        anomalous: { ...anomalous.figures(), total: anomalous.total },
        normal: { accuracy: percent(normal.correct, normal.total), ...normal },
      },
    };
  }

  byClass(): ClassScores[] {
    const counts = new Map(
      this.references.classes.map((name) => [name, { qa: { correct: 0, total: 0 }, tag: new GroundingCount() }]),
    );
    this.eachPart((row, index) => {
      const count = row.anomalyClass === undefined ? undefined : counts.get(row.anomalyClass);
      if (count === undefined || !this.isCounted(row, index)) return;
      const score = this.score[index] as number;
      if (row.task === 'tag') return count.tag.add(score);
      count.qa.total += 1;
      count.qa.correct += score;
    });
    return [...counts].map(([anomalyClass, { qa, tag }]) => ({
      anomalyClass,
      qa: { accuracy: percent(qa.correct, qa.total), ...qa },
      tag: { ...tag.figures(), total: tag.total },
    }));
  }

  /** Of each figure alone, all from the same seed. */
  intervals(options: Required<BootstrapOptions>): ScoreIntervals {
    const { qa, tag } = this.counted();
    const of = (values: Float64Array): PercentInterval => {
      const interval = bootstrapMean(values, options);
      return interval === undefined ? null : [100 * interval.low, 100 * interval.high];
    };
    const recall = RECALL_THRESHOLDS.map((threshold) => {
      return [threshold, of(tag.map((score) => (reaches(score, threshold) ? 1 : 0)))] as const;
    });
    return {
      ...options,
      qa: { accuracy: of(qa) },
      tag: { mIoU: of(tag), recall: Object.fromEntries(recall) as ScoreIntervals['tag']['recall'] },
    };
  }

  /** Scores of the rows that make the denominators. */
  private counted(): Record<'qa' | 'tag', Float64Array> {
    const scores: Record<'qa' | 'tag', number[]> = { qa: [], tag: [] };
    this.eachPart((row, index) => {
      if (this.isCounted(row, index)) scores[row.task].push(this.score[index] as number);
    });
    return { qa: Float64Array.from(scores.qa), tag: Float64Array.from(scores.tag) };
  }

  private isCounted({ task }: ReferenceRow, index: number): boolean {
    return task === 'qa' || !this.rules.dropsMissing || this.state[index] !== MISSING;
  }

  private eachPart(visit: (row: ReferenceRow, index: number) => void): void {
    const { rows, takesPart } = this.references;
    for (let index = 0; index < rows.length; index += 1) {
      if (takesPart[index] === 1) visit(rows[index] as ReferenceRow, index);
    }
  }
}
