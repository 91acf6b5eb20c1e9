import type { EvaluationReport, EvaluationRunResult, ReportCounts } from '@srvau/contracts';

/** What a report comes to, for who waits for the job. */
export function figuresOf({
  name,
  dataset,
  results,
}: EvaluationReport): Omit<EvaluationRunResult, 'report' | 'timings'> {
  const sum = (count: (counts: ReportCounts) => number): number =>
    results.reduce((all, { counts }) => all + count(counts), 0);
  const figures = results.map(({ task, thinking, scores, vauEval }) => {
    const figure = { qa: scores?.qa.accuracy, tag: scores?.tag.mIoU, describe: vauEval?.total }[task];
    return [`${task}:${thinking}`, figure ?? null] as const;
  });
  return {
    ...{ name, rows: dataset.rows },
    items: sum(({ items }) => items),
    answered: sum(({ answered }) => answered),
    missing: sum(({ missing }) => missing.count),
    unscored: results.reduce((all, { vauEval }) => all + (vauEval?.unscored.count ?? 0), 0),
    figures: Object.fromEntries(figures),
  };
}
