import { type ReflectRecord, type RolloutTask, SrvauError } from '@srvau/contracts';
import { PAD_TOKENS } from '@srvau/models';
import type { PolicyPromptName } from '@srvau/reasoning';
import { readReflectRecords } from '@srvau/reflection-data';
import { LeftOut } from './left-out';
import { seededOrder } from './seeded-order';
import { itemOf, type TrainingItem } from './training-item';

export interface ReadOptions {
  /** D_reflect. */
  readonly dir: string;
  readonly tasks: readonly RolloutTask[];
  readonly prompt: PolicyPromptName;
  /**
   * `prompts`: records of one row and task ask the same thing, so the first of them by id stands for all; `records`: each is
   * taken.
   */
  readonly distinct: 'records' | 'prompts';
  /** So many of the training split, at most; which ones follows from the seed. */
  readonly limit?: number | undefined;
  readonly seed: number;
}

export interface ItemsBySplit {
  /** In the order of their ids; never empty. */
  readonly train: readonly TrainingItem[];
  readonly val: readonly TrainingItem[];
  /** Records of these splits that no prompt can be made of. */
  readonly leftOut: LeftOut;
}

/**
 * Reads what a run learns from and is tried on. The test split is not looked at.
 *
 * @throws SrvauError as readReflectRecords; UNPROCESSABLE: a training split without records of these tasks, or records
 *   without a video, counted and the first ones named
 */
export async function readItems(options: ReadOptions, signal: AbortSignal): Promise<ItemsBySplit> {
  const { dir, tasks, prompt, distinct } = options;
  const items: Record<'train' | 'val', TrainingItem[]> = { train: [], val: [] };
  const faulty = new LeftOut();
  const leftOut = new LeftOut();
  const asked = new Set<string>();
  const others = new Map<string, number>();
  for await (const record of readReflectRecords(dir)) {
    signal.throwIfAborted();
    const { split, task } = record;
    if (split === 'test' || !tasks.includes(task)) {
      count(others, `${split}/${task}`);
      continue;
    }
    const question = `${record.rowId}:${task}`;
    if (distinct === 'prompts' && asked.has(question)) continue;
    if (!hasVideo(record)) {
      faulty.add('without a file: or s3: URI of the video', record.id);
      continue;
    }
    const item = tryItem(record, prompt, leftOut);
    if (item === undefined) continue;
    asked.add(question);
    items[split].push(item);
  }
  if (faulty.count > 0) throw unprocessable(dir, 'records whose videos can be read', faulty.describe());
  if (items.train.length === 0) {
    const there = [...others].map(([name, n]) => `${n} of ${name}`);
    if (items.val.length > 0) there.push(`${items.val.length} of val`);
    if (leftOut.count > 0) there.push(`left out: ${leftOut.describe()}`);
    const expected = `records of ${tasks.join(' or ')} in the training split`;
    throw unprocessable(dir, expected, there.length === 0 ? 'no records' : `none (${there.join(', ')})`);
  }
  return { train: chosen(items.train, options), val: items.val, leftOut };
}

function chosen(train: readonly TrainingItem[], { limit, seed }: ReadOptions): readonly TrainingItem[] {
  if (limit === undefined || limit >= train.length) return train;
  const indices = seededOrder(`srvau/limit/${seed}`, train.length).subarray(0, limit).sort();
  return Array.from(indices).flatMap((index) => train[index] ?? []);
}

const hasVideo = (record: ReflectRecord): record is ReflectRecord & { videoUri: string } =>
  record.videoUri !== null && /^(file:\/\/\/|s3:\/\/)./.test(record.videoUri);

function tryItem(
  record: ReflectRecord & { videoUri: string },
  prompt: PolicyPromptName,
  leftOut: LeftOut,
): TrainingItem | undefined {
  try {
    const item = itemOf(record, prompt);
    const text = item.prompt.system + item.prompt.user;
    const pad = Object.values(PAD_TOKENS).find((token) => text.includes(token));
    if (pad === undefined) return item;
    leftOut.add(`whose question holds ${pad}`, record.id);
  } catch (error) {
    if (!(error instanceof SrvauError)) throw error;
    leftOut.add(`whose question makes no prompt: ${error.message}`, record.id);
  }
  return undefined;
}

function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

const unprocessable = (dir: string, expected: string, received: string): SrvauError =>
  SrvauError.mismatch('UNPROCESSABLE', dir, expected, received, { field: 'data' });
