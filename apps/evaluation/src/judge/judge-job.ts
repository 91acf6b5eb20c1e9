import { type JobProgress, type StructuredLog, type VauEvalJudgement, type VauEvalSummary } from '@srvau/contracts';
import { judgeItem, type JudgeSettings, summarize, vauEvalPrompt } from '@srvau/judge';
import type { PatientModel } from '@srvau/model-pool';
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
const REPORT_MS = 1_000;
const WORKING = 'items';

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

async function judgeAll({
  directory,
  items: { items, sha256 },
  settings,
  judge,
  ...job
}: JudgeJob): Promise<VauEvalSummary> {
  const of = { settings, judge: judge.identity };
  await directory.claim({ ...of, prompt: vauEvalPrompt(), items: { count: items.length, sha256 } });
  const before = await directory.summary();
  if (before !== null) {
    await directory.removeWork();
    return before;
  }
  const known = await directory.replies();
  const judgements = new Array<VauEvalJudgement>(items.length);
  let done = 0;
  let stage = WORKING;
  const report = (): void => {
    const { waitingFor } = judge;
    const now = waitingFor === undefined ? WORKING : `waiting for the judge (${waitingFor})`;
    if (now !== stage) job.log.warn({ out: directory.path }, now === WORKING ? 'going on' : now);
    stage = now;
    job.progress({ stage, done, total: items.length, unit: 'items' });
  };
  report();
  const timer = setInterval(report, REPORT_MS);
  try {
    const journal = await directory.openJournal();
    await using _closed = { [Symbol.asyncDispose]: () => journal.close() };
    await concurrently(items.entries(), ITEMS_AT_ONCE, job.signal, async ([i, item], signal) => {
      judgements[i] = await judgeItem((request) => judge.ask(request, signal), item, {
        settings,
        replies: known.get(item.id) ?? [],
        onReply: (reply) => journal.append({ id: item.id, reply }),
      });
      done += 1;
      report();
    });
  } finally {
    clearInterval(timer);
  }
  const summary = summarize(judgements, of);
  await directory.commit(judgements, summary);
  return summary;
}
