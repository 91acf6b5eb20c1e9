import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type BuildRequest,
  type BuildSummary,
  type JobProgress,
  type ReflectCard,
  type ReflectStop,
  type StructuredLog,
} from '@srvau/contracts';
import type { JobClient } from '@srvau/messaging';
import { type ModelPool, resolveModel } from '@srvau/model-pool';
import { writeReflectDataset } from '@srvau/reflection-data';
import { abortError, type ArtifactStore, DirectoryLock, fileUri, fromFileError, throwIfAborted } from '@srvau/storage';
import { claimPlan, isWorkLeft, type ResolvedBuild } from './claim-plan';
import { readParent } from './lay-plan';
import { lastIdOf, mergedOutcomes, recordsOf, rejectsOf } from './merge';
import { ShardRun } from './run-shards';
import { budgetOf, type BuildSettings, extentOf, inputsOf, settingsOf } from './settings';
import { ShardJobs } from './shard-jobs';
import { summaryOf } from './summary';
import { type BuildClaim, BuildDirectory } from './work/build-directory';

export interface BuildDeps {
  store: ArtifactStore;
  models: ModelPool;
  client(): Promise<JobClient>;
  jobId: string;
  signal: AbortSignal;
  /** Told apart from a shutdown, after which another worker goes on: then the shards stay out. */
  isCancelled(): boolean;
  progress(progress: JobProgress): void;
  log: StructuredLog;
  /** How long to wait for a dead worker's lock to count as stale. */
  lockWaitMs?: number;
}

/** Records between two reports of progress. */
const REPORT_EVERY = 1000;
/** With a native base model a shard takes minutes; with an endpoint seconds. */
const SHARD_ITEMS = { native: 4, other: 32 };

/**
 * Builds D_reflect: plans the items, has shards of them worked on by whichever workers there are, and merges what they have
 * written. All that is done lies in the directory, so after a kill −9 of anybody the same request goes on from there, and
 * with models that answer alike it ends with the same bytes.
 *
 * @throws SrvauError CONFLICT: the directory holds something else, or a build of other settings. NOT_FOUND, UNPROCESSABLE:
 *   the dataset. FORBIDDEN, INVALID_REQUEST: a model that may not be used. Whatever ended a shard for good.
 */
export async function buildDataset(request: BuildRequest, deps: BuildDeps): Promise<BuildSummary> {
  const { store, signal, log } = deps;
  throwIfAborted(signal);
  const directory = new BuildDirectory(await store.resolveLocal(request.out));
  deps.progress({ stage: 'plan', done: 0, total: null, unit: 'items' });
  const dataset = await readParent(request.dataset, store);
  const build = await resolveBuild(request, dataset.identity, deps);
  const first = await directory.state();
  if (first.kind === 'complete' && !isWorkLeft(first.card, build, directory.path)) {
    log.info({ out: directory.path }, 'the dataset of this request is there already');
    await directory.removeWork();
    return summaryOf(first.card, directory.path);
  }
  try {
    await using lock = await DirectoryLock.acquire(directory.path, { waitMs: deps.lockWaitMs ?? 0, signal });
    const held = { ...deps, signal: AbortSignal.any([signal, lock.signal]) };
    const claim = await claimPlan(directory, build, dataset, held);
    const stoppedBy = await runShards(request, directory, claim, held);
    const card = await merge(directory, claim, stoppedBy, held);
    await directory.removeWork();
    return summaryOf(card, directory.path);
  } catch (error) {
    if (signal.aborted) throw abortError(signal);
    throw fromFileError(error, fileUri(directory.path));
  }
}

async function resolveBuild(
  request: BuildRequest,
  dataset: BuildSettings['dataset'],
  { store, models, signal }: BuildDeps,
): Promise<ResolvedBuild> {
  const uris = {
    model: await resolveModel(request.model, 'model', store),
    teacher: await resolveModel(request.teacher, 'teacher', store),
  };
  const settings = settingsOf(request, dataset, {
    initial: await models.identify(uris.model, signal),
    teacher: await models.identify(uris.teacher, signal),
  });
  const byModel = settings.initial.model.backend === 'native' ? SHARD_ITEMS.native : SHARD_ITEMS.other;
  return {
    settings,
    extent: extentOf(request),
    budget: budgetOf(request),
    uris,
    shardItems: request.shardItems ?? byModel,
    acceptChanges: request.acceptChanges === true,
  };
}

async function runShards(
  { out }: BuildRequest,
  directory: BuildDirectory,
  claim: BuildClaim,
  deps: BuildDeps,
): Promise<ReflectStop | null> {
  const { signal, progress, log } = deps;
  const jobs = new ShardJobs(await deps.client(), deps.jobId, { out, plan: claim.plan });
  const { shards, items, shardItems, budget } = claim;
  const plan = directory.plan(claim.plan);
  const run = new ShardRun({ plan, shards, items, shardItems, budget, jobs, signal, progress, log });
  try {
    return await run.run();
  } catch (error) {
    // After a shutdown another worker goes on with this build, and finds its shards where they are.
    if (!signal.aborted || deps.isCancelled()) await jobs.cancel(run.jobIds);
    throw error;
  }
}

async function merge(
  directory: BuildDirectory,
  claim: BuildClaim,
  stoppedBy: ReflectStop | null,
  { signal, progress }: BuildDeps,
): Promise<ReflectCard> {
  const plan = directory.plan(claim.plan);
  const outcomes = (): ReturnType<typeof mergedOutcomes> => mergedOutcomes(plan, claim.shards);
  const lastId = await lastIdOf(outcomes(), stoppedBy === 'max-records' ? claim.budget.maxRecords : null);
  const { limit } = claim.extent;
  const isCut = limit !== null && limit < claim.settings.dataset.rows;
  const content = {
    writtenBy: WRITTEN_BY,
    inputs: inputsOf(claim),
    stoppedBy: stoppedBy ?? (isCut ? ('limit' as const) : null),
    records: recordsOf(outcomes(), lastId),
    rejects: rejectsOf(outcomes(), lastId),
  };
  const onRecord = (done: number): void => {
    if (done % REPORT_EVERY === 0) progress({ stage: 'dataset', done, total: null, unit: 'records' });
  };
  return writeReflectDataset(directory.path, content, { signal, onRecord });
}

const WRITTEN_BY = ((): string => {
  const text = readFileSync(join(__dirname, '../../package.json'), 'utf8');
  const { name, version } = JSON.parse(text) as { name: string; version: string };
  return `${name}@${version}`;
})();
