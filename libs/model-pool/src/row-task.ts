import { type AnnotatedEvent, type DatasetRow, type RolloutTask, SrvauError, type TruthRow } from '@srvau/contracts';
import type { AnnotatedTask, AnnotationContext, SceneEvent } from '@srvau/models';
import type { QaSubject, SpanSec, TagSubject } from '@srvau/reasoning';

/** A row as one task sees it: what is asked, and what is right. */
export type TaskOfRow =
  | { readonly subject: QaSubject; readonly correctOption: string; readonly truth: TruthRow }
  | { readonly subject: TagSubject; readonly span: SpanSec | undefined; readonly truth: TruthRow };

/** @throws SrvauError UNPROCESSABLE: the row takes no part in the task, whatever its manifest says of it. */
export function taskOfRow(row: DatasetRow, task: RolloutTask): TaskOfRow {
  if (task === 'qa') {
    const { question, options, correctOption } = row;
    if (question === null || options === null || correctOption === null) throw noPart(row, task);
    return { subject: { task, question, options }, correctOption, truth: { label: correctOption } };
  }
  const subject: TagSubject =
    row.durationSec !== null && row.durationSec > 0 ? { task, durationSec: row.durationSec } : { task };
  if (row.normal) return { subject, span: undefined, truth: { normal: true } };
  if (row.spanSec === null) throw noPart(row, task);
  const [startSec, endSec] = row.spanSec;
  return { subject, span: { startSec, endSec }, truth: { normal: false, spanSec: [startSec, endSec] } };
}

/** What annotators wrote of the video, for the scripted backend, which answers from it; see `Generation.context`. */
export function contextOf(row: DatasetRow, task: TaskOfRow): AnnotationContext {
  const annotated: AnnotatedTask =
    'correctOption' in task ? { ...task.subject, correctOption: task.correctOption } : { task: 'tag', span: task.span };
  const { durationSec, spanSec, anomalyClass, keyObject, description, reasoning, events } = row;
  return {
    task: annotated,
    ...(durationSec !== null && durationSec > 0 ? { durationSec } : {}),
    ...(spanSec === null ? {} : { span: { startSec: spanSec[0], endSec: spanSec[1] } }),
    ...(anomalyClass === null ? {} : { anomalyClass }),
    ...(keyObject === null ? {} : { keyObject }),
    ...(description === null ? {} : { description }),
    ...(reasoning === null ? {} : { reasoning }),
    ...(events === null ? {} : { events: eventsInOrder(events).map(sceneEvent) }),
  };
}

/** As they happen. */
export const eventsInOrder = (events: readonly AnnotatedEvent[]): AnnotatedEvent[] =>
  [...events].sort((a, b) => a.startSec - b.startSec);

const sceneEvent = ({ startSec, endSec, who, what, anomalous }: AnnotatedEvent): SceneEvent => ({
  ...{ startSec, who, what, anomalous },
  ...(endSec === null ? {} : { endSec }),
});

function noPart(row: DatasetRow, task: RolloutTask): SrvauError {
  return SrvauError.mismatch('UNPROCESSABLE', row.id, `a row that takes part in ${task}`, 'one without a truth for it');
}
