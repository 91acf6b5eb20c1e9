import { type RowsBecause, type ScoreColumn, SrvauError } from '@srvau/contracts';

/** What a plugin said about one rollout; recorded like this with the samples. */
export type ScoreCell =
  | { readonly kind: 'scored'; readonly value: number; readonly parts?: Readonly<Record<string, number>> }
  | { readonly kind: 'abstained'; readonly because: string }
  | { readonly kind: 'failed'; readonly error: string };

/**
 * One cell for each rollout of a request.
 *
 * @throws SrvauError UNPROCESSABLE: a column that does not speak of every rollout once
 */
export function readColumn(plugin: string, column: ScoreColumn, rows: number): ScoreCell[] {
  if (column.values.length !== rows) throw unreadable(plugin, `${rows} values`, String(column.values.length));
  const cells: (ScoreCell | undefined)[] = column.values.map((value, row) =>
    value === null ? undefined : { kind: 'scored', value, ...partsOf(column, row) },
  );
  place(column.abstained, cells, (because) => ({ kind: 'abstained', because }));
  place(column.failed, cells, (error) => ({ kind: 'failed', error }));
  return cells.map((cell, row) => {
    if (cell === undefined) throw unreadable(plugin, 'a value or a reason for each rollout', `none for row ${row}`);
    return cell;
  });
}

function place(reasons: readonly RowsBecause[], cells: (ScoreCell | undefined)[], cell: (why: string) => ScoreCell) {
  for (const { because, rows } of reasons) for (const row of rows) cells[row] ??= cell(because);
}

function partsOf({ parts }: ScoreColumn, row: number): { parts?: Record<string, number> } {
  const named = Object.entries(parts ?? {}).flatMap(([name, values]) => {
    const value = values[row] ?? null;
    return value === null ? [] : [[name, value] as const];
  });
  return named.length === 0 ? {} : { parts: Object.fromEntries(named) };
}

function unreadable(plugin: string, expected: string, received: string): SrvauError {
  return SrvauError.mismatch('UNPROCESSABLE', `reply of the reward service, column ${plugin}`, expected, received);
}
