import type { RowsBecause, ScoreColumn } from '@srvau/contracts';
import type { PluginColumn } from '@srvau/reward-host';
import type { ScoreOutcome } from '@srvau/reward-sdk';

/** The outcomes of one plugin as they travel: one array of values instead of an object a rollout. */
export function toScoreColumn(
  { info, range, outcomes }: Omit<PluginColumn, 'elapsedMs'>,
  withParts: boolean,
): ScoreColumn {
  const values: (number | null)[] = [];
  const abstained = new Map<string, RowsBecause>();
  const failed = new Map<string, RowsBecause>();
  for (const [row, outcome] of outcomes.entries()) {
    values.push(outcome.kind === 'scored' ? outcome.value : null);
    if (outcome.kind === 'abstained') addRow(abstained, outcome.because, row);
    else if (outcome.kind === 'failed') addRow(failed, outcome.error, row);
  }
  return {
    scoreVersion: info.scoreVersion,
    range,
    values,
    ...(withParts ? { parts: partsOf(outcomes) } : {}),
    abstained: [...abstained.values()],
    failed: [...failed.values()],
  };
}

function addRow(groups: Map<string, RowsBecause>, because: string, row: number): void {
  const group = groups.get(because);
  if (group === undefined) groups.set(because, { because, rows: [row] });
  else group.rows.push(row);
}

function partsOf(outcomes: readonly ScoreOutcome[]): Record<string, (number | null)[]> {
  // Plugins choose the names: a map, so that none of them is special.
  const parts = new Map<string, (number | null)[]>();
  for (const [row, outcome] of outcomes.entries()) {
    if (outcome.kind !== 'scored' || outcome.parts === undefined) continue;
    for (const [name, value] of Object.entries(outcome.parts)) {
      let column = parts.get(name);
      if (column === undefined) {
        column = new Array<number | null>(outcomes.length).fill(null);
        parts.set(name, column);
      }
      column[row] = value;
    }
  }
  return Object.fromEntries(parts);
}
