import type { EvaluationReport, ReportFigures, ReportHeadline, ReportSummary, ReportResult } from '@srvau/contracts';

/** What a report is about, without its figures but the one by which each result is known. */
export function summaryOf({ name, protocol, model, dataset, results }: EvaluationReport): ReportSummary {
  const { uri, name: datasetName, hash, split, rows } = dataset;
  return {
    ...{ name, protocol, model, dataset: { uri, name: datasetName, hash, split, rows } },
    results: results.map((result) => ({
      ...{ task: result.task, thinking: result.thinking },
      items: result.counts.items,
      headline: headlineOf(result.task, result),
    })),
  };
}

function headlineOf(task: ReportResult['task'], { scores, vauEval }: ReportFigures): ReportHeadline {
  if (task === 'describe') return { figure: 'total', value: vauEval?.total ?? null };
  if (task === 'qa') return { figure: 'accuracy', value: scores?.qa.accuracy ?? null };
  return { figure: 'mIoU', value: scores?.tag.mIoU ?? null };
}
