import { compareReflectIds, type DatasetRow, type StructuredLog } from '@srvau/contracts';
import { planSplits, readReflectRecords, readReflectRejects } from '@srvau/reflection-data';
import { type ArtifactStore, digestManifest, findVideos, readDataset } from '@srvau/storage';
import type { ItemOutcome } from './item/build-item';
import { mergedOutcomes } from './merge';
import type { BuildExtent, BuildSettings } from './settings';
import type { BuildClaim, BuildDirectory } from './work/build-directory';
import { idOf } from './work/journal';
import { cutShards, planItems, type PlannedItem } from './work/plan';
import type { PlanDirectory } from './work/plan-directory';
import { count, emptyTally } from './work/tally';

export interface ParentDataset {
  path: string;
  rows: readonly DatasetRow[];
  videosUri: string;
  identity: BuildSettings['dataset'];
}

/** Reads the dataset that is to be built from. @throws SrvauError NOT_FOUND, UNPROCESSABLE: see `readDataset` */
export async function readParent(uri: string, store: ArtifactStore): Promise<ParentDataset> {
  const path = await store.resolveLocal(uri);
  const { card, rows } = await readDataset(path);
  const identity = { uri, sha256: await digestManifest(path), rows: rows.length, fps: card.inputs.settings.fps };
  return { path, rows, videosUri: card.inputs.videos.uri, identity };
}

export interface LaidPlan {
  items: number;
  shards: number;
}

/** Where finished items come from that a new plan keeps. */
export type CarrySource = { from: 'plan'; claim: BuildClaim } | { from: 'dataset' } | { from: 'nothing' };

/** Writes a plan, and puts what is finished already into its shards. It counts once it is claimed. */
export async function layPlan(
  directory: BuildDirectory,
  plan: PlanDirectory,
  {
    dataset,
    extent,
    settings,
    shardItems,
    carry,
  }: {
    dataset: ParentDataset;
    extent: BuildExtent;
    settings: BuildSettings;
    shardItems: number;
    carry: CarrySource;
  },
  deps: { store: ArtifactStore; log: StructuredLog; signal: AbortSignal },
): Promise<LaidPlan> {
  const items = planItems(dataset.rows, extent);
  const names = new Set(items.map(({ row }) => row.video));
  const videos = await findVideos(names, dataset.videosUri, dataset.path, deps.store, deps.log, deps.signal);
  const splitOf = planSplits(dataset.rows, settings.splits);
  const shards = await plan.create(cutShards(items, shardItems, splitOf, videos));
  await carryOver(plan, items, shardItems, finishedOutcomes(directory, carry));
  return { items: items.length, shards };
}

async function* finishedOutcomes(directory: BuildDirectory, carry: CarrySource): AsyncGenerator<ItemOutcome> {
  if (carry.from === 'plan') yield* mergedOutcomes(directory.plan(carry.claim.plan), carry.claim.shards);
  if (carry.from !== 'dataset') return;
  const rejects = readReflectRejects(directory.path)[Symbol.asyncIterator]();
  let reject = await rejects.next();
  for await (const record of readReflectRecords(directory.path)) {
    while (reject.done !== true && compareReflectIds(reject.value.id, record.id) < 0) {
      yield { reject: reject.value };
      reject = await rejects.next();
    }
    yield { record };
  }
  for (; reject.done !== true; reject = await rejects.next()) yield { reject: reject.value };
}

/** Outcomes and items are both in the order of ids: one walk over the two, with one shard in memory. */
async function carryOver(
  plan: PlanDirectory,
  items: readonly PlannedItem[],
  shardItems: number,
  outcomes: AsyncIterable<ItemOutcome>,
): Promise<void> {
  let at = 0;
  let shard = -1;
  let kept: ItemOutcome[] = [];
  const flush = async (): Promise<void> => {
    if (kept.length === 0) return;
    await plan.carry(shard, kept);
    if (kept.length === Math.min(shardItems, items.length - shard * shardItems)) {
      const tally = emptyTally();
      for (const outcome of kept) count(tally, outcome);
      await plan.markDone(shard, tally);
    }
    kept = [];
  };
  for await (const outcome of outcomes) {
    const id = idOf(outcome);
    while (at < items.length && compareReflectIds(items[at]?.id ?? '', id) < 0) at += 1;
    if (items[at]?.id !== id) continue;
    const its = Math.floor(at / shardItems);
    if (its !== shard) await flush();
    shard = its;
    kept.push(outcome);
  }
  await flush();
}
