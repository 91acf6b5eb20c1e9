import type { ReflectCall, ReflectInputs, ReflectRecord, ReflectReject, ReflectSplit } from '@srvau/contracts';
import { renderTranscript } from '@srvau/reasoning';
import { makeRecord, makeReject, type RecordParts } from '../src/record/make-record';

const SPLITS: readonly ReflectSplit[] = ['train', 'val', 'test'];

export const call = (of: 'initial' | 'construction', task: string): ReflectCall => ({
  model: {
    backend: 'scripted',
    model: of === 'initial' ? 'base' : 'teacher',
    hash: of === 'initial' ? 'sha256:00' : null,
  },
  promptId: `${of}/${task}`,
  promptHash: 'ab'.repeat(32),
  sampling: { temperature: 0.7 },
  seed: 11,
  promptTokens: 100,
  completionTokens: 20,
  costUsd: of === 'initial' ? null : 0.002,
});

const parts = (
  n: number,
): Omit<RecordParts, 'task' | 'question' | 'options' | 'correctOption' | 'truth' | 'transcript'> => ({
  rowId: `clip-${String(n).padStart(6, '0')}.mp4`,
  sample: 0,
  split: SPLITS[n % 3] ?? 'train',
  source: 'ucf',
  video: `clip-${String(n).padStart(6, '0')}.mp4`,
  videoUri: null,
  videoKey: `key${n}`,
  durationSec: 12.5,
  anomalyClass: 'Fighting',
  provenance: {
    initial: call('initial', 'qa'),
    teacher: { ...call('construction', 'qa'), attempts: 1, retriedFor: [] },
  },
  completion: '<think>Two men stand.</think><answer>B</answer>',
  wellFormed: true,
});

/** The first answer, B, is wrong; C is right. */
export function qaRecord(n = 1, changes: Partial<RecordParts> = {}): ReflectRecord {
  return makeRecord({
    ...parts(n),
    task: 'qa',
    question: 'What happens?',
    options: ['a hug', 'a dance', 'a fight', 'nothing'],
    correctOption: 'C',
    truth: { label: 'C' },
    transcript: renderTranscript(
      {
        grammar: 'reflective',
        initial: { think: 'Two men stand.', answer: { option: 'B' } },
        reflection: 'The blows at the door were overlooked.',
        revision: { think: 'One man hits the other twice.', answer: { option: 'C' } },
      },
      'qa',
    ),
    ...changes,
  });
}

/** The first answer is right; its span [2, 6] meets half of the truth's [4, 8]. */
export function tagRecord(n = 2, changes: Partial<RecordParts> = {}): ReflectRecord {
  return makeRecord({
    ...parts(n),
    task: 'tag',
    question: null,
    options: null,
    correctOption: null,
    truth: { normal: false, spanSec: [4, 8] },
    transcript: renderTranscript(
      {
        grammar: 'reflective',
        initial: { think: 'A man falls.', answer: { verdict: 'anomaly', span: { startSec: 2, endSec: 6 } } },
        reflection: 'The times begin before the fall.',
        revision: { think: 'He falls later.', answer: { verdict: 'anomaly', span: { startSec: 4, endSec: 8 } } },
      },
      'tag',
    ),
    ...changes,
  });
}

export function reject(n = 3, changes: Partial<ReflectReject> = {}): ReflectReject {
  return makeReject({
    rowId: `clip-${String(n).padStart(6, '0')}.mp4`,
    task: 'qa',
    sample: 0,
    stage: 'revision',
    reason: 'wrong-answer',
    detail: 'expected C, received B',
    attempts: 3,
    lastReply: '<reflection>…',
    usage: { promptTokens: 300, completionTokens: 60, costUsd: 0.006 },
    ...changes,
  });
}

export const inputs: ReflectInputs = {
  dataset: { uri: 'file:///data/parent', sha256: '00'.repeat(32), rows: 3, fps: 1 },
  initial: null,
  teacher: null,
  splits: null,
  imported: [],
  settings: {},
};
