import { writeFileSync } from 'node:fs';

/** Rows of questions: the first `correct` of `total` are answered right. */
export function questions(total: number, correct: number): { references: object[]; predictions: object[] } {
  const rows = Array.from({ length: total }, (_, i) => i);
  return {
    references: rows.map((i) => ({
      id: `q${i}`,
      task: 'qa',
      label: 'C',
      anomalyClass: i % 2 === 0 ? 'Fire' : 'Normal',
    })),
    predictions: rows.map((i) => ({ id: `q${i}`, answer: i < correct ? 'C' : 'A' })),
  };
}

/** Rows of grounding over [0, 10] s; each prediction covers that share of it. */
export function grounding(shares: readonly number[]): { references: object[]; predictions: object[] } {
  return {
    references: shares.map((_, i) => ({ id: `t${i}`, task: 'tag', normal: false, spanSec: [0, 10] })),
    predictions: shares.map((share, i) => ({ id: `t${i}`, answer: 'Anomaly', spanSec: [0, 10 * share] })),
  };
}

export function writeJsonl(path: string, rows: readonly object[]): void {
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}
