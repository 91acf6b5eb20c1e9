import { createHash } from 'node:crypto';
import {
  canonicalJson,
  compareReflectIds,
  type DatasetRow,
  reflectId,
  type ReflectSplit,
  type RolloutTask,
} from '@srvau/contracts';
import { usableVideo, type VideoResolution } from '@srvau/storage';
import type { BuildItem } from '../item/work';
import type { BuildExtent } from '../settings';

/** One item, in the order of ids. */
export interface PlannedItem {
  readonly id: string;
  readonly task: RolloutTask;
  readonly sample: number;
  readonly row: DatasetRow;
}

/** A shard as it lies on disk: rows once, however many items ask them. */
export interface Shard {
  rows: { row: DatasetRow; split: ReflectSplit; video: BuildItem['video'] }[];
  items: { task: RolloutTask; sample: number; /** Index in `rows`. */ row: number }[];
}

/** Names what the plan deals out and how; a build that asks for more, or deals otherwise, has another. */
export function planId(settingsHash: string, extent: BuildExtent, shardItems: number): string {
  return createHash('sha256').update(canonicalJson({ settingsHash, extent, shardItems })).digest('hex').slice(0, 16);
}

/**
 * Everything there is to do, in the order of ids: rows × tasks × samples, of the rows that take part. Shards that are cut
 * from this order are merged by putting one behind the other.
 */
export function planItems(rows: readonly DatasetRow[], { tasks, samples, limit }: BuildExtent): PlannedItem[] {
  const items: PlannedItem[] = [];
  for (const row of limit === null ? rows : rows.slice(0, limit)) {
    for (const task of tasks) {
      if (!(task === 'qa' ? row.qaEligible : row.groundingEligible)) continue;
      for (let sample = 0; sample < samples; sample += 1) {
        items.push({ id: reflectId({ rowId: row.id, task, sample }), task, sample, row });
      }
    }
  }
  return items.sort((a, b) => compareReflectIds(a.id, b.id));
}

/** Cuts the plan into pieces of so many items. */
export function* cutShards(
  items: readonly PlannedItem[],
  shardItems: number,
  splitOf: (video: string) => ReflectSplit,
  videos: ReadonlyMap<string, VideoResolution>,
): Generator<Shard> {
  for (let at = 0; at < items.length; at += shardItems) {
    const shard: Shard = { rows: [], items: [] };
    const indexOf = new Map<string, number>();
    for (const { row, task, sample } of items.slice(at, at + shardItems)) {
      let index = indexOf.get(row.id);
      if (index === undefined) {
        index = shard.rows.push({ row, split: splitOf(row.video), video: usableVideo(videos.get(row.video)) }) - 1;
        indexOf.set(row.id, index);
      }
      shard.items.push({ task, sample, row: index });
    }
    yield shard;
  }
}

export function itemsOf({ rows, items }: Shard): BuildItem[] {
  return items.flatMap(({ row: index, task, sample }) => {
    const row = rows[index];
    return row === undefined ? [] : [{ ...row, task, sample }];
  });
}
