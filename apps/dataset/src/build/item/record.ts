import type { ReflectRecord } from '@srvau/contracts';
import { type AnswerParts, renderTranscript } from '@srvau/reasoning';
import { makeRecord } from '@srvau/reflection-data';
import type { InitialRoundDrawn } from './ask-initial';
import type { RevisionDrawn } from './ask-teacher';
import { callOf, type ItemWork } from './work';

/** Puts the two halves together. @throws SrvauError UNPROCESSABLE: a record that may not be one, a fault of ours */
export function recordOf(work: ItemWork, initial: InitialRoundDrawn, revised: RevisionDrawn): ReflectRecord {
  const { item, task } = work;
  const { row } = item;
  const question = 'correctOption' in task ? task : undefined;
  const round = { think: revised.reasoning, answer: answerOf(work, revised) };
  const transcript =
    `${initial.text}<reflection>${revised.reflection}</reflection>` +
    renderTranscript({ grammar: 'single', round }, item.task);
  return makeRecord({
    rowId: row.id,
    task: item.task,
    sample: item.sample,
    split: item.split,
    source: row.source,
    video: row.video,
    videoUri: 'uri' in item.video ? item.video.uri : null,
    videoKey: row.videoKey,
    durationSec: row.durationSec,
    question: question?.subject.question ?? null,
    options: question?.subject.options ?? null,
    correctOption: question?.correctOption ?? null,
    truth: task.truth,
    anomalyClass: row.anomalyClass,
    completion: initial.completion,
    wellFormed: initial.wellFormed,
    transcript,
    provenance: {
      initial: callOf(work, 'initial', initial.prompt, initial.seed),
      teacher: {
        ...callOf(work, 'teacher', revised.prompt, revised.seed),
        attempts: revised.attempts,
        retriedFor: revised.retriedFor,
      },
    },
  });
}

function answerOf({ task }: ItemWork, { span }: RevisionDrawn): AnswerParts {
  if ('correctOption' in task) return { option: task.correctOption };
  return span === undefined ? { verdict: 'normal' } : { verdict: 'anomaly', span };
}
