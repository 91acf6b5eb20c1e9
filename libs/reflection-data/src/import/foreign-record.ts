import { basename } from 'node:path';
import {
  describe,
  isObject,
  type ReflectRecord,
  type ReflectSplit,
  type RolloutTask,
  SrvauError,
  type TruthRow,
} from '@srvau/contracts';
import { fileUri } from '@srvau/storage';
import { makeRecord } from '../record/make-record';
import { readRounds } from '../record/rounds';
import type { Conversation } from './conversation';
import { readQuestion } from './question';

export interface ForeignContext {
  /** Tells rows apart that say nothing of where they come from: `<file>:<line>`. */
  name: string;
  splitOf: (video: string) => ReflectSplit;
}

/**
 * Makes a record of a conversation that somebody else wrote: the answer is a whole transcript, and what it ends in is taken
 * for right, as it is what a model would learn. Nothing is known of the models behind it.
 *
 * @throws SrvauError UNPROCESSABLE where the answer is no transcript, or a letter is answered to no options.
 */
export function foreignRecord(
  row: unknown,
  said: Conversation,
  { name, splitOf }: ForeignContext,
  where: string,
): ReflectRecord {
  const transcript = said.answer;
  const task: RolloutTask = transcript.includes('<glue>') ? 'tag' : 'qa';
  const { revised } = readRounds(transcript, task, `${where}: answer`);
  const asked = task === 'qa' ? readQuestion(said.question) : undefined;
  if (task === 'qa' && asked === undefined) {
    const expected = 'a question with options A., B. … on lines of their own';
    throw SrvauError.mismatch('UNPROCESSABLE', `${where}: question`, expected, describe(said.question));
  }
  const video = said.video === undefined ? name : basename(said.video);
  return makeRecord(
    {
      rowId: idOf(row) ?? name,
      task,
      sample: 0,
      split: splitOf(video),
      source: 'unknown',
      video,
      videoUri: uriOf(said.video),
      videoKey: null,
      durationSec: null,
      question: asked?.question ?? null,
      options: asked?.options ?? null,
      correctOption: task === 'qa' ? revised.answer : null,
      truth: truthOf(task, revised),
      anomalyClass: null,
      transcript,
      completion: null,
      wellFormed: null,
      provenance: { initial: null, teacher: null },
    },
    where,
  );
}

function truthOf(task: RolloutTask, { answer, spanSec }: ReturnType<typeof readRounds>['revised']): TruthRow {
  if (task === 'qa') return answer === null ? {} : { label: answer };
  if (answer === 'Normal') return { normal: true };
  return spanSec === null ? { normal: false } : { normal: false, spanSec };
}

function idOf(row: unknown): string | undefined {
  const id = isObject(row) ? row['id'] : undefined;
  return typeof id === 'string' && id !== '' ? id : undefined;
}

/** A relative path says nothing outside of the folder it was meant for. */
function uriOf(video: string | undefined): string | null {
  if (video === undefined) return null;
  if (/^(file|s3|https):\/\//.test(video)) return video;
  return video.startsWith('/') ? fileUri(video) : null;
}
