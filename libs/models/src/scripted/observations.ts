import type { SpanSec } from '@srvau/reasoning';
import type { AnnotationContext, SceneEvent } from '../annotation-context';
import { keywordsOf } from './keywords';

/** What there is to say about a video, all of it from what annotators know. */
export interface Observations {
  /** In the order of time, within the video. */
  calm: readonly SceneEvent[];
  anomalous: readonly SceneEvent[];
  /** When the anomaly happens, where that is known. */
  span: SpanSec | undefined;
  durationSec: number | undefined;
  /** `fighting`; undefined for a normal video, and where it is not annotated. */
  anomalyClass: string | undefined;
  /** Words out of the annotator's texts, for want of events. */
  details: readonly string[];
  keyObject: string | undefined;
  isNormal: boolean;
}

const MAX_DETAILS = 12;
const MAX_KEY_OBJECT_CHARS = 60;

/** @param context its times may lie a little outside of the video, as those of annotators do */
export function observe(context: AnnotationContext): Observations {
  const { task, durationSec, anomalyClass, keyObject, description = '', reasoning = '' } = context;
  const span = task.task === 'tag' ? task.span : context.span;
  const events = [...(context.events ?? [])]
    .filter((event) => event.who.trim() !== '' && event.what.trim() !== '')
    .map((event) => within(event, durationSec))
    .sort((a, b) => a.startSec - b.startSec);
  const isAnomalous = (event: SceneEvent): boolean => event.anomalous === true;
  const named = anomalyClass?.trim().toLowerCase().replaceAll('_', ' ') ?? '';
  return {
    calm: events.filter((event) => !isAnomalous(event)),
    anomalous: events.filter(isAnomalous),
    span: span === undefined ? undefined : clampSpan(span, durationSec),
    durationSec,
    anomalyClass: named === '' || named === 'normal' ? undefined : named,
    details: keywordsOf(`${description} ${reasoning}`).slice(0, MAX_DETAILS),
    keyObject: shortNoun(keyObject),
    isNormal: task.task === 'tag' ? task.span === undefined : named === 'normal',
  };
}

/** Everything that is told, in the order of time. */
export function eventsOf({ calm, anomalous }: Observations): SceneEvent[] {
  return [...calm, ...anomalous].sort((a, b) => a.startSec - b.startSec);
}

function within(event: SceneEvent, durationSec: number | undefined): SceneEvent {
  const { startSec, endSec, ...rest } = event;
  const start = clamp(startSec, durationSec);
  const end = endSec === undefined ? undefined : clamp(endSec, durationSec);
  return {
    ...rest,
    who: oneLine(event.who),
    what: oneLine(event.what).replace(/[.;,]+$/, ''),
    startSec: start,
    ...(end === undefined || end <= start ? {} : { endSec: end }),
  };
}

function clampSpan({ startSec, endSec }: SpanSec, durationSec: number | undefined): SpanSec {
  return { startSec: clamp(startSec, durationSec), endSec: clamp(endSec, durationSec) };
}

function clamp(sec: number, durationSec = Infinity): number {
  return Math.min(Math.max(0, sec), durationSec);
}

/** An annotator's list of what matters, as far as it fits into a sentence. */
function shortNoun(text: string | undefined): string | undefined {
  const first =
    oneLine(text ?? '')
      .split(/[,;.]/)[0]
      ?.trim() ?? '';
  return first === '' || first === '-1' || first.length > MAX_KEY_OBJECT_CHARS ? undefined : first.toLowerCase();
}

/** Without line breaks, and without what would be read as a tag. */
function oneLine(text: string): string {
  return text.trim().replace(/[<>]/g, '').split(/\s+/).join(' ');
}
