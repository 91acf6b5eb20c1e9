import { type JobProgress, type StructuredLog, type VauEvalJudgement, type VauEvalSummary } from '@srvau/contracts';
import { judgeItem, type JudgeSettings, summarize, vauEvalPrompt } from '@srvau/judge';
import { type PatientModel, WorkProgress } from '@srvau/model-pool';
import { abortError, concurrently, DirectoryLock, fileUri, fromFileError } from '@srvau/storage';
import type { JudgeItems } from './item-set';
import type { JudgeDirectory } from './judge-directory';

export interface JudgeJob {
  directory: JudgeDirectory;
  items: JudgeItems;
  settings: JudgeSettings;
  judge: PatientModel;
  /** For a former worker's lock on the directory. */
  lockWaitMs: number;
  signal: AbortSignal;
  progress(progress: JobProgress): void;
  log: StructuredLog;
}

/** Items under way at once. What they ask is bounded by the judge. */
const ITEMS_AT_ONCE = 32;

/**
 * Has all items judged. Each reply is on disk before the next one of its item is asked for, so that nothing that was
 * answered is asked again, whenever this ends and wherever it goes on.
 *
 * @throws SrvauError CONFLICT: the directory holds something else, or another job is at it. What the judge throws for all
 *   items. UNAVAILABLE: the disk is full. The signal's reason
 */
export async function runJudgeJob(job: JudgeJob): Promise<VauEvalSummary> {
  const { directory, signal } = job;
  try {
    await using lock = await DirectoryLock.acquire(directory.path, { waitMs: job.lockWaitMs, signal });
    return await judgeAll({ ...job, signal: AbortSignal.any([signal, lock.signal]) });
  } catch (error) {
    if (signal.aborted) throw abortError(signal);
    throw fromFileError(error, fileUri(directory.path));
  }
}

async function judgeAll(job: JudgeJob): Promise<VauEvalSummary> {
  const { directory, items, settings, judge } = job;
  const of = { settings, judge: judge.identity };
  const { sha256 } = items;
  await directory.claim({ ...of, prompt: vauEvalPrompt(), items: { count: items.items.length, sha256 } });
  const before = await directory.summary();
  if (before !== null) {
    await directory.removeWork();
    return before;
  }
  const judgements = await judgeItems(job);
  const summary = summarize(judgements, of);
  await directory.commit(judgements, summary);
  return summary;
}

async function judgeItems({
  directory,
  items: { items },
  settings,
  judge,
  ...job
}: JudgeJob): Promise<VauEvalJudgement[]> {
  const known = await directory.replies();
  const judgements = new Array<VauEvalJudgement>(items.length);
  let done = 0;
  using progress = new WorkProgress({
    ...{ models: { 'the judge': judge }, total: items.length, progress: job.progress },
    ...{ log: job.log, fields: { out: directory.path } },
  });
  progress.show(done);
  await using journal = await directory.openJournal();
  await concurrently(items.entries(), ITEMS_AT_ONCE, job.signal, async ([i, item], signal) => {
    judgements[i] = await judgeItem((request) => judge.ask(request, signal), item, {
      settings,
      replies: known.get(item.id) ?? [],
      onReply: (reply) => journal.append({ id: item.id, reply }),
    });
    progress.show((done += 1));
  });
  return judgements;
}
