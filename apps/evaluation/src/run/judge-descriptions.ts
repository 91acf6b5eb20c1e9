import { join } from 'node:path';
import type { JobProgress, StructuredLog, Thinking, VauEvalJudgement } from '@srvau/contracts';
import { type JudgeSettings, vauEvalPrompt } from '@srvau/judge';
import type { ModelLease } from '@srvau/model-pool';
import { readDescription } from '@srvau/reasoning';
import { type JudgeItems, ItemSet } from '../judge/item-set';
import { JudgeDirectory } from '../judge/judge-directory';
import { runJudgeJob } from '../judge/judge-job';
import type { Outcome } from './answers';
import type { PlannedItem } from './plan';
import { hash } from './settings';
import { judgeReferenceOf } from './ways';

export interface JudgeDeps {
  /** Whatever it asks and gets lies below. */
  work: string;
  settings: JudgeSettings;
  /** For the lock of a dead worker. */
  lockWaitMs: number;
  /** Opens the judge, when there is something to ask. */
  acquire(): Promise<ModelLease>;
  signal: AbortSignal;
  progress(progress: JobProgress): void;
  log: StructuredLog;
}

/**
 * Has the descriptions of each way of asking marked. A description that is missing is blank, and so unscored and counted.
 *
 * @returns judgements by the keys of their items
 * @throws what the judge throws for all items; the signal's reason
 */
export async function judgeDescriptions(
  items: readonly PlannedItem[],
  outcomes: ReadonlyMap<string, Outcome>,
  deps: JudgeDeps,
): Promise<Map<string, VauEvalJudgement>> {
  const judgements = new Map<string, VauEvalJudgement>();
  const described = items.filter(({ way }) => way.task === 'describe');
  if (described.length === 0) return judgements;
  using lease = await deps.acquire();
  for (const thinking of new Set(described.map(({ way }) => way.thinking))) {
    const own = described.filter(({ way }) => way.thinking === thinking);
    const judged = await judgeOne(thinking, itemsOf(own, outcomes), { ...deps, judge: lease.model });
    for (const { key, row } of own) {
      const judgement = judged.get(row.id);
      if (judgement !== undefined) judgements.set(key, judgement);
    }
  }
  return judgements;
}

function itemsOf(items: readonly PlannedItem[], outcomes: ReadonlyMap<string, Outcome>): JudgeItems {
  const set = new ItemSet();
  for (const { key, row } of items) {
    const outcome = outcomes.get(key);
    const candidate = outcome !== undefined && 'completion' in outcome ? readDescription(outcome.completion) : '';
    set.add({ id: row.id, candidate, reference: judgeReferenceOf(row) }, row.id, 'UNPROCESSABLE');
  }
  return set.finish();
}

/** The same as the job `evaluation.judge`, in a directory of its own for each judge and whatever it is given. */
async function judgeOne(
  thinking: Thinking,
  items: JudgeItems,
  { work, settings, judge, lockWaitMs, signal, progress, log }: JudgeDeps & { judge: ModelLease['model'] },
): Promise<Map<string, VauEvalJudgement>> {
  const key = hash({ judge: judge.identity, settings, prompt: vauEvalPrompt(), items: items.sha256 });
  const directory = new JudgeDirectory(join(work, `judge-${thinking}-${key}`));
  await runJudgeJob({
    ...{ directory, items, settings, judge, lockWaitMs, signal, log },
    progress: ({ stage, ...rest }) => {
      progress({ stage: stage === 'items' ? 'judging' : stage, ...rest, unit: 'descriptions' });
    },
  });
  const judged = new Map<string, VauEvalJudgement>();
  for await (const judgement of directory.judgements()) judged.set(judgement.id, judgement);
  return judged;
}
