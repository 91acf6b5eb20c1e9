import {
  type ClassScores,
  type PercentInterval,
  type QaScores,
  RECALL_THRESHOLDS,
  type ScoreIntervals,
  type TagScores,
} from '@srvau/contracts';
import { GroundingCount, percent, reaches } from '../measures/grounding';
import { bootstrapMean, type BootstrapOptions } from '../statistics/bootstrap';
import { NO_PART, QA, type ReferenceSet, TAG_ANOMALOUS } from './reference-set';

const MISSING = 0;
const UNREADABLE = 1;
const READ = 2;

/** The score of each reference's prediction, and the figures made of them. */
export class ScoreTable {
  private readonly state: Uint8Array;
  /** 0–1; of `qa` 1 where it is right. */
  private readonly score: Float64Array;

  /** @param dropsMissing whether rows of grounding without a prediction leave the denominator */
  constructor(
    private readonly references: ReferenceSet,
    private readonly dropsMissing: boolean,
  ) {
    this.state = new Uint8Array(references.rows.length);
    this.score = new Float64Array(references.rows.length);
  }

  set(index: number, readable: boolean, score: number): void {
    this.state[index] = readable ? READ : UNREADABLE;
    this.score[index] = score;
  }

  figures(): { qa: Omit<QaScores, 'skipped'>; tag: Omit<TagScores, 'skipped'> } {
    const { parts } = this.references;
    const qa = { accuracy: null as number | null, correct: 0, total: 0, unparsable: 0, missing: 0 };
    const counts = { unparsable: 0, missing: 0 };
    const normal = { correct: 0, total: 0 };
    const [all, anomalous] = [new GroundingCount(), new GroundingCount()];
    for (let index = 0; index < parts.length; index += 1) {
      const part = parts[index];
      if (part === NO_PART) continue;
      const of = part === QA ? qa : counts;
      if (this.state[index] === MISSING) of.missing += 1;
      else if (this.state[index] === UNREADABLE) of.unparsable += 1;
      if (!this.isCounted(index)) continue;
      const score = this.score[index] as number;
      if (part === QA) {
        qa.total += 1;
        qa.correct += score;
        continue;
      }
      all.add(score);
      if (part === TAG_ANOMALOUS) {
        anomalous.add(score);
      } else {
        normal.total += 1;
        normal.correct += score === 1 ? 1 : 0;
      }
    }
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
    const { classes, classOf, parts } = this.references;
    const counts = classes.map(() => ({ qa: { correct: 0, total: 0 }, tag: new GroundingCount() }));
    for (let index = 0; index < classOf.length; index += 1) {
      const count = counts[classOf[index] as number];
      if (count === undefined || !this.isCounted(index)) continue;
      const score = this.score[index] as number;
      if (parts[index] === QA) {
        count.qa.total += 1;
        count.qa.correct += score;
      } else {
        count.tag.add(score);
      }
    }
    return counts
      .map(({ qa, tag }, index) => ({
        anomalyClass: classes[index] as string,
        qa: { accuracy: percent(qa.correct, qa.total), ...qa },
        tag: { ...tag.figures(), total: tag.total },
      }))
      .sort((a, b) => (a.anomalyClass < b.anomalyClass ? -1 : 1));
  }

  /** Of each figure alone, all from the same seed. */
  intervals(options: Required<BootstrapOptions>): ScoreIntervals {
    const of = (values: Float64Array): PercentInterval => {
      const interval = bootstrapMean(values, options);
      return interval === undefined ? null : [100 * interval.low, 100 * interval.high];
    };
    const { qa, tag } = this.counted();
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
    const { parts } = this.references;
    const [qa, tag] = [new Float64Array(parts.length), new Float64Array(parts.length)];
    let [qaRows, tagRows] = [0, 0];
    for (let index = 0; index < parts.length; index += 1) {
      if (!this.isCounted(index)) continue;
      const score = this.score[index] as number;
      if (parts[index] === QA) qa[qaRows++] = score;
      else tag[tagRows++] = score;
    }
    return { qa: qa.subarray(0, qaRows), tag: tag.subarray(0, tagRows) };
  }

  /** Whether a row is in its denominator. */
  private isCounted(index: number): boolean {
    const part = this.references.parts[index];
    if (part === NO_PART) return false;
    return part === QA || !this.dropsMissing || this.state[index] !== MISSING;
  }
}
