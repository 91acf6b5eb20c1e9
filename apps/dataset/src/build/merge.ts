import { compareReflectIds, type ReflectRecord, type ReflectReject } from '@srvau/contracts';
import type { ItemOutcome } from './item/build-item';
import { idOf, readJournals } from './work/journal';
import type { PlanDirectory } from './work/plan-directory';

/** All finished items of a plan in the order of their ids, with one shard in memory. */
export async function* mergedOutcomes(plan: PlanDirectory, shards: number): AsyncGenerator<ItemOutcome> {
  for (let shard = 0; shard < shards; shard += 1) {
    const outcomes: ItemOutcome[] = [];
    for await (const outcome of readJournals(plan.parts(shard))) outcomes.push(outcome);
    yield* outcomes.sort((a, b) => compareReflectIds(idOf(a), idOf(b)));
  }
}

/** Of the outcomes those up to the id of the n-th record; all where there are fewer. */
export async function lastIdOf(
  outcomes: AsyncIterable<ItemOutcome>,
  maxRecords: number | null,
): Promise<string | null> {
  if (maxRecords === null) return null;
  let records = 0;
  for await (const outcome of outcomes) {
    records += Number('record' in outcome);
    if (records === maxRecords) return idOf(outcome);
  }
  return null;
}

/** @param lastId the last one that counts; null: all do */
export async function* recordsOf(
  outcomes: AsyncIterable<ItemOutcome>,
  lastId: string | null,
): AsyncGenerator<ReflectRecord> {
  for await (const outcome of upTo(outcomes, lastId)) if ('record' in outcome) yield outcome.record;
}

/** @param lastId see `recordsOf` */
export async function* rejectsOf(
  outcomes: AsyncIterable<ItemOutcome>,
  lastId: string | null,
): AsyncGenerator<ReflectReject> {
  for await (const outcome of upTo(outcomes, lastId)) if ('reject' in outcome) yield outcome.reject;
}

async function* upTo(outcomes: AsyncIterable<ItemOutcome>, lastId: string | null): AsyncGenerator<ItemOutcome> {
  for await (const outcome of outcomes) {
    if (lastId !== null && compareReflectIds(idOf(outcome), lastId) > 0) return;
    yield outcome;
  }
}
