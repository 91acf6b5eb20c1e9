import { SrvauError } from '@srvau/contracts';
import type { ScoreOutcome } from './score';

/**
 * What a training run does about failed rows.
 *
 * - `abort`: the run stops (default: nobody trains on a broken reward unnoticed)
 * - `drop-group`: every rollout of a group with a failed row is left out of the step
 * - `abstain`: the failed row counts as an abstention of that plugin
 */
export const FAILURE_POLICIES = ['abort', 'drop-group', 'abstain'] as const;
export type FailurePolicy = (typeof FAILURE_POLICIES)[number];

export interface AppliedPolicy {
  /** Rows that stay, ascending; indices into what was given. */
  readonly rows: readonly number[];
  /** By plugin, one entry for each of `rows`; null where the plugin abstained. */
  readonly scores: ReadonlyMap<string, readonly (number | null)[]>;
  /** In order of appearance. */
  readonly droppedGroups: readonly string[];
  /** Failed rows by plugin, whatever became of them; plugins without any are left out. */
  readonly failures: ReadonlyMap<string, number>;
}

/**
 * Turns columns of outcomes into columns of numbers that advantages can be computed of.
 *
 * @param groupIds of the rows
 * @param columns by plugin, one outcome a row
 * @throws SrvauError UNPROCESSABLE under `abort`, with the first failure of each plugin
 */
export function applyFailurePolicy(
  policy: FailurePolicy,
  groupIds: readonly string[],
  columns: ReadonlyMap<string, readonly ScoreOutcome[]>,
): AppliedPolicy {
  const failures = new Map<string, number>();
  const dropped = new Set<string>();
  for (const [plugin, outcomes] of columns) {
    if (outcomes.length !== groupIds.length) {
      const [expected, received] = [`${groupIds.length} outcomes`, `${outcomes.length}`];
      throw SrvauError.mismatch('INVALID_REQUEST', `column ${plugin}`, expected, received);
    }
    for (const [row, { kind }] of outcomes.entries()) {
      if (kind !== 'failed') continue;
      failures.set(plugin, (failures.get(plugin) ?? 0) + 1);
      dropped.add(groupIds[row] as string);
    }
  }
  if (policy === 'abort' && failures.size > 0) throw aborted(columns, failures);
  if (policy !== 'drop-group') dropped.clear();
  const rows = [...groupIds.keys()].filter((row) => !dropped.has(groupIds[row] as string));
  const scores = [...columns].map(([plugin, outcomes]) => {
    return [plugin, rows.map((row) => valueOf(outcomes[row] as ScoreOutcome))] as const;
  });
  return { rows, scores: new Map(scores), droppedGroups: [...dropped], failures };
}

function valueOf(outcome: ScoreOutcome): number | null {
  return outcome.kind === 'scored' ? outcome.value : null;
}

function aborted(
  columns: ReadonlyMap<string, readonly ScoreOutcome[]>,
  failures: ReadonlyMap<string, number>,
): SrvauError {
  const details = [...failures].map(([plugin, count]) => {
    const first = columns.get(plugin)?.find((outcome) => outcome.kind === 'failed');
    return { field: plugin, expected: 'no failed rows', received: `${count}, the first of them: ${first?.error}` };
  });
  const lines = details.map(({ field, expected, received }) => `${field}: expected ${expected}, received ${received}`);
  return new SrvauError('UNPROCESSABLE', lines.join('; '), { details });
}
