import {
  type ComparedFigure,
  type ComparedPart,
  type EvaluationTask,
  type NamedIds,
  RECALL_THRESHOLDS,
} from '@srvau/contracts';
import { addId, bootstrapDifference, mcNemar, noIds, reaches } from '@srvau/metrics';
import type { ScoredItem } from './scored-items';

export interface Bootstrap {
  resamples: number;
  seed: number;
  /** In percent. */
  level: number;
}

/** Scores of the same items of two reports, in the order of the first. */
export interface Pairs {
  readonly first: Float64Array;
  readonly second: Float64Array;
  readonly onlyFirst: NamedIds;
  readonly onlySecond: NamedIds;
  readonly otherTruth: NamedIds;
}

type Items = ReadonlyMap<string, ScoredItem>;

/** @param dataset null: all */
export function pairsOf(first: Items, second: Items, dataset: string | null): Pairs {
  const [a, b]: [number[], number[]] = [[], []];
  const pairs = { onlyFirst: noIds(), onlySecond: noIds(), otherTruth: noIds() };
  const isIn = (item: ScoredItem): boolean => dataset === null || item.dataset === dataset;
  for (const [id, item] of first) {
    if (item.score === null || !isIn(item)) continue;
    const other = second.get(id);
    if (other === undefined || other.score === null) addId(pairs.onlyFirst, id);
    else if (other.truth !== item.truth) addId(pairs.otherTruth, id);
    else {
      a.push(item.score);
      b.push(other.score);
    }
  }
  for (const [id, item] of second) {
    if (item.score === null || !isIn(item)) continue;
    if ((first.get(id)?.score ?? null) === null) addId(pairs.onlySecond, id);
  }
  return { ...pairs, first: Float64Array.from(a), second: Float64Array.from(b) };
}

type Figure = ComparedFigure['figure'];

interface Measure {
  figure: Figure;
  /** What an item counts with. */
  of: (score: number) => number;
  /** From the mean to the figure's unit. */
  scale: number;
  /** An item counts with 0 or 1. */
  isShare: boolean;
}

const found = (score: number, threshold: (typeof RECALL_THRESHOLDS)[number]): number =>
  reaches(score, threshold) ? 1 : 0;

const MEASURES: Readonly<Record<EvaluationTask, readonly Measure[]>> = {
  qa: [{ figure: 'accuracy', of: (score) => score, scale: 100, isShare: true }],
  tag: [
    { figure: 'mIoU', of: (score) => score, scale: 100, isShare: false },
    ...RECALL_THRESHOLDS.map((threshold) => ({
      figure: `R@${threshold}` as const,
      of: (score: number) => found(score, threshold),
      ...{ scale: 100, isShare: true },
    })),
  ],
  describe: [{ figure: 'total', of: (score) => score, scale: 1, isShare: false }],
};

/** Every figure of a task over the pairs. A generator, so that a caller can let others have a turn between two figures. */
export function* comparedFigures(task: EvaluationTask, pairs: Pairs, bootstrap: Bootstrap): Generator<ComparedFigure> {
  for (const { figure, of, scale, isShare } of MEASURES[task]) {
    const [first, second] = [pairs.first.map(of), pairs.second.map(of)];
    const [a, b] = [meanOf(first, scale), meanOf(second, scale)];
    const range = bootstrapDifference(second, first, bootstrap);
    yield {
      figure,
      ...{ first: a, second: b, difference: a === null || b === null ? null : b - a },
      interval: range === undefined ? null : [scale * range.low, scale * range.high],
      mcNemar: isShare && first.length > 0 ? mcNemarOf(first, second) : null,
    };
  }
}

function mcNemarOf(first: Float64Array, second: Float64Array): ComparedFigure['mcNemar'] {
  const { onlyFirst, onlySecond, exactP } = mcNemar(first, second);
  return { onlyFirst, onlySecond, exactP };
}

function meanOf(values: Float64Array, scale: number): number | null {
  if (values.length === 0) return null;
  return (scale * values.reduce((sum, value) => sum + value, 0)) / values.length;
}

export const partOf = (
  { onlyFirst, onlySecond, otherTruth, first }: Pairs,
  figures: ComparedFigure[],
  of: Pick<ComparedPart, 'task' | 'thinking' | 'dataset'>,
): ComparedPart => ({ ...of, pairs: first.length, onlyFirst, onlySecond, otherTruth, figures });
