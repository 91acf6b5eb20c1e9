import { setImmediate as nextTurn } from 'node:timers/promises';
import { SrvauError } from '@srvau/contracts';
import { LeftOut } from '../data/left-out';
import type { TrainingItem } from '../data/training-item';
import type { Lesson } from './pass-reader';
import { targetOf, type TargetOptions, type TranscriptPart, weightsOf } from './target';

export interface LessonsOptions extends Omit<TargetOptions, 'task'> {
  readonly weights: Readonly<Record<TranscriptPart, number>>;
}

export interface Lessons {
  /** In the order of the records. */
  readonly lessons: readonly Lesson[];
  readonly leftOut: LeftOut;
}

/** Transcripts between two looks at whether the rank is still wanted. */
const AT_A_TIME = 64;

/** Tokenizes the transcripts of all records, before anything is made of them. Those that cannot be learned are left out. */
export async function makeLessons(
  items: readonly TrainingItem[],
  { weights, ...options }: LessonsOptions,
  signal: AbortSignal,
): Promise<Lessons> {
  const lessons: Lesson[] = [];
  const leftOut = new LeftOut();
  for (const [i, item] of items.entries()) {
    if (i % AT_A_TIME === 0) await nextTurn();
    signal.throwIfAborted();
    const target = targetOf(item.transcript, { ...options, task: item.task });
    if (typeof target === 'string') leftOut.add(target, item.id);
    else if (weightsOf(target, weights).every((weight) => weight === 0))
      leftOut.add('without a token that counts', item.id);
    else lessons.push({ item, target });
  }
  return { lessons, leftOut };
}

/** @throws SrvauError UNPROCESSABLE: no lessons */
export function requireLessons({ lessons, leftOut }: Lessons, data: string): void {
  if (lessons.length > 0) return;
  const received = `none (left out: ${leftOut.describe()})`;
  throw SrvauError.mismatch('UNPROCESSABLE', data, 'transcripts that can be learned', received, { field: 'data' });
}
