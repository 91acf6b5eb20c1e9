import type { BuildSummary } from '@srvau/contracts';
import type { Colors } from '../terminal';
import { exclusionsText } from './ingest-summary';
import { table } from './table';
import { printable } from './text';

const STOPPED: Readonly<Record<NonNullable<BuildSummary['stoppedBy']>, string>> = {
  'max-records': '--max-records was reached',
  'max-tokens': '--max-tokens was reached',
  'max-cost': '--max-cost was reached',
  limit: '--limit left rows out',
};

/** The result of a build for people. `took` is how long the job ran, e.g. `12 s`. */
export function buildSummaryText(summary: BuildSummary, took: string | null, colors: Colors): string {
  const { records, qa, tag, corrected, refined, bySplit, rejects, items, usage, stoppedBy } = summary;
  const tokens = `${usage.promptTokens} in prompts, ${usage.completionTokens} in answers`;
  const parts = [
    table(
      [
        ['records', `${records} of ${items}`],
        ['  question answering', String(qa)],
        ['  temporal grounding', String(tag)],
        ['  corrected', String(corrected)],
        ['  refined', String(refined)],
        [
          'splits',
          Object.entries(bySplit)
            .map(([split, count]) => `${split} ${count}`)
            .join(', '),
        ],
        ['rejects', String(rejects)],
        ['tokens', tokens],
        ...(usage.costUsd === null ? [] : [['cost', `${usage.costUsd.toFixed(4)} USD`]]),
      ],
      colors,
    ),
  ];
  const rejected = exclusionsText(summary.rejectedFor, colors);
  if (rejected !== undefined) parts.push(`rejected for\n${rejected}`);
  const retried = exclusionsText(summary.retriedFor, colors);
  if (retried !== undefined) parts.push(`sent back for\n${retried}`);
  if (stoppedBy !== null) parts.push(`${colors.yellow('stopped early')}: ${STOPPED[stoppedBy]}`);
  parts.push(`${colors.green('✓')} ${printable(summary.out)}${took === null ? '' : colors.dim(` in ${took}`)}`);
  return parts.join('\n\n');
}
