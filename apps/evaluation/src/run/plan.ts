import type { DatasetRow, NamedIds } from '@srvau/contracts';
import { IdsByReason } from '@srvau/metrics';
import { exclusionOf, type Way } from './ways';

/** One question to the model: a row, asked in one way. */
export interface PlannedItem {
  /** Names the answer in the journal: the wording of the prompt is part of it. */
  readonly key: string;
  readonly row: DatasetRow;
  readonly way: Way;
}

export interface Plan {
  /** In the order of reports: by way, then as the dataset has its rows. */
  readonly items: readonly PlannedItem[];
  /** Rows that take no part, by `<task>:<reason>`. */
  readonly excluded: Record<string, NamedIds>;
}

/** Everything that there is to ask. */
export function planItems(rows: readonly DatasetRow[], ways: readonly Way[]): Plan {
  const excluded = new IdsByReason();
  for (const task of new Set(ways.map((way) => way.task))) {
    for (const row of rows) {
      const reason = exclusionOf(row, task);
      if (reason !== undefined) excluded.add(`${task}:${reason}`, row.id);
    }
  }
  const items = ways.flatMap((way) =>
    rows.filter((row) => exclusionOf(row, way.task) === undefined).map((row) => ({ key: keyOf(row, way), row, way })),
  );
  return { items, excluded: excluded.toRecord() };
}

/** Row after row, so that what was decoded of a video serves all its questions. */
export function inOrderOfRows(items: readonly PlannedItem[]): PlannedItem[] {
  const byRow = new Map<DatasetRow, PlannedItem[]>();
  for (const item of items) {
    const of = byRow.get(item.row);
    if (of === undefined) byRow.set(item.row, [item]);
    else of.push(item);
  }
  return [...byRow.values()].flat();
}

function keyOf({ id }: DatasetRow, { task, thinking, prompt }: Way): string {
  return `${task}/${thinking}/${prompt.hash.slice(0, 16)}/${id}`;
}
