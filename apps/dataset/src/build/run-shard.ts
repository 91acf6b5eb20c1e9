import {
  type BuildShardRequest,
  canonicalJson,
  type JobProgress,
  type ModelIdentity,
  reflectId,
  SrvauError,
  type StructuredLog,
} from '@srvau/contracts';
import { IngestedVideos, type LocalVideos, type ModelPool, type PatientModel, WorkProgress } from '@srvau/model-pool';
import { abortError, type ArtifactStore, concurrently, fileUri, fromFileError } from '@srvau/storage';
import { buildItem } from './item/build-item';
import { type BuildItem } from './item/work';
import { BuildDirectory } from './work/build-directory';
import { idOf, Journal, readJournals } from './work/journal';
import { itemsOf } from './work/plan';
import { count, emptyTally, type Tally } from './work/tally';

export interface ShardDeps {
  store: ArtifactStore;
  models: ModelPool;
  videos: LocalVideos;
  /** Stops the shard; what is finished by then stays. */
  signal: AbortSignal;
  progress(progress: JobProgress): void;
  log: StructuredLog;
  attempt: number;
}

/** Result of a shard's job; the build itself reads what is on disk. */
export interface ShardResult extends Tally {
  /** The build was told to stop before all of it was done. */
  stopped: boolean;
}

/** Items of one shard under way at once. What they ask is bounded by the models. */
const ITEMS_AT_ONCE = 32;

/**
 * Works on one shard: every item that no journal has yet, each finished one a durable line. Any number of workers may do
 * so for different shards of a build, and by mistake for the same one.
 *
 * @throws SrvauError CONFLICT: the build goes another way by now, or a model is not the one that it began with. What a
 *   model throws for all items. UNAVAILABLE: the disk is full.
 */
export async function runShard({ out, plan, shard }: BuildShardRequest, deps: ShardDeps): Promise<ShardResult> {
  const { store, models, signal } = deps;
  const directory = new BuildDirectory(await store.resolveLocal(out));
  const claim = await directory.claimed();
  if (claim?.plan !== plan) {
    const received = claim === null ? 'none' : 'one of another plan';
    throw SrvauError.mismatch('CONFLICT', directory.path, `a build of plan ${plan} under way`, received);
  }
  const folder = directory.plan(plan);
  const { settings, uris } = claim;
  try {
    const tally = emptyTally();
    const seen = new Set<string>();
    for await (const outcome of readJournals(folder.parts(shard))) {
      seen.add(idOf(outcome));
      count(tally, outcome);
    }
    const items = itemsOf(await folder.readShard(shard));
    const left = items.filter((item) => !seen.has(itemId(item)));
    let stopped = false;
    if (left.length > 0) {
      using initial = await models.acquire(uris.model);
      using teacher = await models.acquire(uris.teacher);
      assertSameModel('model', settings.initial.model, initial.model);
      assertSameModel('teacher', settings.teacher.model, teacher.model);
      await using journal = await Journal.open(folder.parts(shard), deps.attempt);
      using progress = new WorkProgress({
        models: { 'the teacher': teacher.model, 'the model': initial.model },
        ...{ total: items.length, progress: deps.progress, log: deps.log, fields: { out, shard } },
      });
      progress.show(tally.items);
      const videos = new IngestedVideos(deps.videos);
      await concurrently(left, ITEMS_AT_ONCE, signal, async (item, either) => {
        stopped ||= await folder.isStopped();
        if (stopped) return;
        const outcome = await buildItem(item, {
          ...{ initial: initial.model, teacher: teacher.model, settings, signal: either },
          openVideo: (uri, sha256, until) => videos.open(uri, sha256, until),
        });
        await journal.append(outcome);
        count(tally, outcome);
        progress.show(tally.items);
      });
    }
    if (!stopped) await folder.markDone(shard, tally);
    return { ...tally, stopped };
  } catch (error) {
    if (signal.aborted) throw abortError(signal);
    throw fromFileError(error, fileUri(directory.path));
  }
}

const itemId = ({ row, task, sample }: BuildItem): string => reflectId({ rowId: row.id, task, sample });

/** A checkpoint that was trained on, an endpoint that serves another model: not the build's any more. */
function assertSameModel(field: string, expected: ModelIdentity, { identity }: PatientModel): void {
  if (canonicalJson(identity) === canonicalJson(expected)) return;
  throw SrvauError.mismatch('CONFLICT', field, canonicalJson(expected), canonicalJson(identity));
}
