import {
  type EvaluationReport,
  EVALUATION_TASKS,
  type EvaluationTask,
  REPORT_FILES,
  SrvauError,
  type Thinking,
  THINKINGS,
} from '@srvau/contracts';
import { type ArtifactStore, joinUri, type RowOf, scanParquet } from '@srvau/storage';
import { TRANSCRIPTS_TABLE } from '../transcripts/transcripts-table';

/** What an item was worth, and what was true. */
export interface ScoredItem {
  dataset: string;
  /** Null: in no denominator. */
  score: number | null;
  /** Of what is right, as text: equal where the truth is. */
  truth: string;
}

/** Items by id, of each task and way of asking. */
export type ScoredItems = Map<string, Map<string, ScoredItem>>;

export const partKey = (task: EvaluationTask, thinking: Thinking): string => `${task} ${thinking}`;

const COLUMNS = (({ id, task, thinking, dataset, label, normal, truthStartSec, truthEndSec, score }) => ({
  ...{ id, task, thinking, dataset, label, normal, truthStartSec, truthEndSec, score },
}))(TRANSCRIPTS_TABLE);

const KEYS: ReadonlySet<string> = new Set(
  EVALUATION_TASKS.flatMap((task) => THINKINGS.map((thinking) => partKey(task, thinking))),
);

/**
 * Reads the scores of a report's items from its transcripts, without the transcripts themselves.
 *
 * @param cacheDir for transcripts on S3
 * @throws SrvauError UNPROCESSABLE: a damaged file, or one that is not of this report; NOT_FOUND: none
 */
export async function readScoredItems(
  store: ArtifactStore,
  dir: string,
  report: EvaluationReport,
  { cacheDir, signal }: { cacheDir: string; signal: AbortSignal },
): Promise<ScoredItems> {
  const uri = joinUri(dir, REPORT_FILES.transcripts);
  const path = await store.localCopy(uri, cacheDir, { signal });
  const items: ScoredItems = new Map();
  try {
    for await (const row of scanParquet(path, { schema: COLUMNS })) {
      signal.throwIfAborted();
      add(items, row);
    }
  } catch (error) {
    if (!(error instanceof SrvauError) || error.code !== 'UNPROCESSABLE') throw error;
    throw new SrvauError('UNPROCESSABLE', `${uri}: ${error.message}`, { details: error.details, cause: error });
  }
  for (const { task, thinking, counts } of report.results) {
    const found = items.get(partKey(task, thinking))?.size ?? 0;
    if (found === counts.items) continue;
    const expected = `${counts.items} items of ${task} ${thinking} thinking, as ${REPORT_FILES.report} says`;
    throw SrvauError.mismatch('UNPROCESSABLE', uri, expected, String(found));
  }
  return items;
}

function add(items: ScoredItems, row: RowOf<typeof COLUMNS>): void {
  const { id, task, thinking, dataset, score, label, normal, truthStartSec, truthEndSec } = row;
  const key = `${task} ${thinking}`;
  if (!KEYS.has(key)) {
    throw SrvauError.mismatch('UNPROCESSABLE', `item ${id}`, 'a task and thinking that are known', key);
  }
  const part = items.get(key) ?? new Map<string, ScoredItem>();
  items.set(key, part);
  if (part.has(id)) throw SrvauError.mismatch('UNPROCESSABLE', `${key}: id`, 'ids that differ', `${id} once more`);
  part.set(id, { dataset, score, truth: JSON.stringify([label, normal, truthStartSec, truthEndSec]) });
}
