import { VAU_EVAL_DIMENSIONS, type VauEvalDimension, type VauEvalMarks } from '@srvau/contracts';

/** A value for each dimension, in the order in which they are always written. */
export function eachDimension<T>(value: (dimension: VauEvalDimension) => T): Record<VauEvalDimension, T> {
  return Object.fromEntries(VAU_EVAL_DIMENSIONS.map((dimension) => [dimension, value(dimension)])) as Record<
    VauEvalDimension,
    T
  >;
}

/** Of each dimension; null without any. */
export function meanMarks(marks: readonly VauEvalMarks[]): VauEvalMarks | null {
  if (marks.length === 0) return null;
  return eachDimension((dimension) => marks.reduce((sum, each) => sum + each[dimension], 0) / marks.length);
}

/** 0–50. */
export const totalOf = (marks: VauEvalMarks): number =>
  VAU_EVAL_DIMENSIONS.reduce((sum, dimension) => sum + marks[dimension], 0);
