import {
  type ComparedPart,
  DEFAULT_RESAMPLES,
  type EvaluationReport,
  type ReportComparison,
  type ReportResult,
  SrvauError,
} from '@srvau/contracts';
import { inTurns } from '../in-turns';
import { summaryOf } from '../store/report-summary';
import { type Bootstrap, comparedFigures, pairsOf, partOf } from './compare-part';
import { conflictsOf, differencesOf } from './differences';
import { partKey, type ScoredItems } from './scored-items';

export interface ComparedReport {
  report: EvaluationReport;
  items: ScoredItems;
}

export interface CompareSettings {
  /** 1,000 without it. */
  resamples?: number | undefined;
  /** 0 without it. */
  seed?: number | undefined;
  /** In spite of another dataset, protocol or judge. */
  anyway?: boolean | undefined;
}

const LEVEL = 95;

/** @throws SrvauError CONFLICT naming what differs that may not, unless `anyway` */
export function refuseOthers(first: EvaluationReport, second: EvaluationReport, anyway = false): void {
  const differences = differencesOf(first, second);
  const conflicts = conflictsOf(differences);
  if (anyway || conflicts.length === 0) return;
  const details = differences
    .filter(({ field }) => conflicts.includes(field))
    .map((difference) => ({ field: difference.field, expected: difference.first, received: difference.second }));
  const named = details.map(({ field, expected, received }) => `${field}: ${expected} and ${received}`).join('; ');
  const message = `${first.name} and ${second.name} cannot be compared, unless asked for all the same: ${named}`;
  throw new SrvauError('CONFLICT', message, { details });
}

/**
 * Holds the second report against the first, item by item: paired bootstrap intervals of the differences, and McNemar's test where a
 * figure is a share of items.
 *
 * @throws SrvauError CONFLICT, see `refuseOthers`; the signal's reason
 */
export async function compareReports(
  first: ComparedReport,
  second: ComparedReport,
  settings: CompareSettings,
  signal: AbortSignal,
): Promise<ReportComparison> {
  return inTurns(comparison(first, second, settings), signal);
}

function* comparison(
  first: ComparedReport,
  second: ComparedReport,
  { resamples = DEFAULT_RESAMPLES, seed = 0, anyway = false }: CompareSettings,
): Generator<void, ReportComparison> {
  refuseOthers(first.report, second.report, anyway);
  const bootstrap: Bootstrap = { resamples, seed, level: LEVEL };
  const differences = differencesOf(first.report, second.report);
  const parts: ComparedPart[] = [];
  for (const { task, thinking, datasets } of first.report.results) {
    const key = partKey(task, thinking);
    const [ours, theirs] = [first.items.get(key), second.items.get(key)];
    if (ours === undefined || theirs === undefined) continue;
    const others = second.report.results.find((result) => result.task === task && result.thinking === thinking);
    const sources = [...new Set([...datasets, ...(others?.datasets ?? [])].map(({ dataset }) => dataset))];
    for (const dataset of sources.length > 1 ? [null, ...sources] : [null]) {
      const pairs = pairsOf(ours, theirs, dataset);
      const figures = [];
      for (const figure of comparedFigures(task, pairs, bootstrap)) {
        figures.push(figure);
        yield;
      }
      parts.push(partOf(pairs, figures, { task, thinking, dataset }));
    }
  }
  return {
    ...{ first: summaryOf(first.report), second: summaryOf(second.report) },
    ...{ differences, conflicts: conflictsOf(differences), bootstrap, parts },
    unmatched: [
      ...unmatched('first', first.report.results, second.items),
      ...unmatched('second', second.report.results, first.items),
    ],
  };
}

const unmatched = (
  report: 'first' | 'second',
  results: readonly ReportResult[],
  others: ScoredItems,
): ReportComparison['unmatched'] =>
  results
    .filter(({ task, thinking }) => !others.has(partKey(task, thinking)))
    .map(({ task, thinking }) => ({ report, task, thinking }));
