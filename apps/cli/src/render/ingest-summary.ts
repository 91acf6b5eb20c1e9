import type { IngestSummary } from '@srvau/contracts';
import type { Colors } from '../terminal';
import { table } from './table';
import { printable } from './text';

/** The result of an ingest for people. `took` is how long the job ran, e.g. `12 s`. */
export function ingestSummaryText(summary: IngestSummary, took: string | null, colors: Colors): string {
  const { rows, normal, videosFound, videosMissing } = summary;
  const counts = table(
    [
      ['rows', String(rows)],
      ['  normal', String(normal)],
      ['  abnormal', String(rows - normal)],
      ['question answering', `${summary.qaEligible} of ${rows}`],
      ['temporal grounding', `${summary.groundingEligible} of ${rows}`],
      ['videos', `${videosFound} found, ${videosMissing} missing`],
    ],
    colors,
  );
  const parts = [counts];
  const exclusions = exclusionsText(summary.exclusions, colors);
  if (exclusions !== undefined) parts.push(`left out\n${exclusions}`);
  parts.push(`${colors.green('✓')} ${printable(summary.out)}${took === null ? '' : colors.dim(` in ${took}`)}`);
  return parts.join('\n\n');
}

/** Reasons and how often, the most frequent first; undefined when there are none. */
export function exclusionsText(exclusions: Readonly<Record<string, number>>, colors: Colors): string | undefined {
  const reasons = Object.entries(exclusions).sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  if (reasons.length === 0) return undefined;
  return table(
    reasons.map(([reason, count]) => [String(count), printable(reason)]),
    colors,
    { right: [0], indent: 2 },
  );
}
