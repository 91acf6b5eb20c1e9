import type { AnnotatedEvent, DatasetRow, DatasetSource, DatasetSplit } from '@srvau/contracts';
import { readCorrectOption } from './correct-option';
import { type FileOrigin, sourceOfRow } from './origin';
import type { RawAnnotation } from './raw-annotation';
import { normaliseReasoning } from './reasoning';
import { foldText } from './text';

/** Why something takes no part, or what is odd about it: the key it is counted under, and words for people. */
export interface Finding {
  reason: string;
  detail: string;
}

/** The part of a manifest row that the annotation decides; the video adds the rest. */
export type AnnotatedFields = Omit<
  DatasetRow,
  'id' | 'videoKey' | 'videoSha256' | 'durationSec' | 'width' | 'height' | 'frames' | 'qaEligible' | 'groundingEligible'
>;

export interface JudgedAnnotation {
  fields: AnnotatedFields;
  /** Why the row takes no part in multiple-choice questions; null when it does. */
  qa: Finding | null;
  /** Why the row takes no part in temporal grounding; null when it does, as far as the annotation goes. */
  grounding: Finding | null;
  warnings: Finding[];
}

/** What the caller says about all rows of a file; null leaves it to names. */
export interface OriginSettings {
  source: DatasetSource | null;
  split: DatasetSplit | null;
}

/** Reads the meaning out of one row. Pure: whatever is wrong becomes a finding. */
export function judgeAnnotation(raw: RawAnnotation, file: FileOrigin, given: OriginSettings): JudgedAnnotation {
  const normal = raw.anomalyClass !== null && foldText(raw.anomalyClass) === 'normal';
  const reasoning = raw.reasoning === null ? null : normaliseReasoning(raw.reasoning);
  const qa = judgeQuestion(raw);
  const grounding = normal ? null : judgeSpan(raw);
  const warnings = qa.warning === null ? [] : [qa.warning];
  if (normal && raw.span.kind !== 'none') {
    const detail = 'expected no span in a normal row; the span is left out';
    warnings.push({ reason: 'grounding:normal-with-span', detail });
  }
  const events = raw.events?.filter(isInOrder) ?? null;
  if (events !== null && events.length < (raw.events?.length ?? 0)) {
    warnings.push({ reason: 'events:end-before-start', detail: 'expected events to end after they began; left out' });
  }
  return {
    fields: {
      row: raw.row,
      source: given.source ?? raw.source ?? sourceOfRow(raw.video, file.source),
      split: given.split ?? raw.split ?? file.split,
      video: raw.video,
      question: raw.question,
      options: raw.options,
      correctOption: qa.letter,
      keyObject: raw.keyObject,
      description: raw.description,
      reasoning,
      reasoningRepr: reasoning === raw.reasoning ? null : raw.reasoning,
      anomalyClass: normal ? 'Normal' : raw.anomalyClass,
      normal,
      spanSec: !normal && raw.span.kind === 'span' ? raw.span.spanSec : null,
      events,
    },
    qa: qa.finding,
    grounding,
    warnings,
  };
}

const isInOrder = ({ startSec, endSec }: AnnotatedEvent): boolean => endSec === null || endSec > startSec;

interface JudgedQuestion {
  letter: DatasetRow['correctOption'];
  finding: Finding | null;
  warning: Finding | null;
}

function judgeQuestion({ question, options, correctOption }: RawAnnotation): JudgedQuestion {
  if (question === null || options === null) {
    const missing = question === null ? (options === null ? 'question and options' : 'question') : 'options';
    const finding = { reason: 'qa:no-text', detail: `expected a question and four options, received no ${missing}` };
    return { letter: null, finding, warning: null };
  }
  if (correctOption === null) {
    const detail = 'expected the right option, received nothing';
    return { letter: null, finding: { reason: 'qa:no-correct-option', detail }, warning: null };
  }
  const { letter, note } = readCorrectOption(correctOption, options);
  if (letter === null) {
    const detail = `expected one of A to D or the text of one option, received ${shorten(correctOption)}: ${note}`;
    return { letter, finding: { reason: 'qa:invalid-correct-option', detail }, warning: null };
  }
  const warning = note === null ? null : { reason: 'qa:option-text-differs', detail: note };
  return { letter, finding: null, warning };
}

/** Of rows that are not normal. */
function judgeSpan({ anomalyClass, span }: RawAnnotation): Finding | null {
  switch (span.kind) {
    case 'span':
      return null;
    case 'none':
      return anomalyClass === null
        ? { reason: 'grounding:no-class', detail: 'expected an anomaly class or a span, received neither' }
        : { reason: 'grounding:no-span', detail: `expected a span for class ${shorten(anomalyClass)}, received none` };
    case 'empty':
      return { reason: 'grounding:empty-span', detail: span.detail };
    case 'invalid':
      return { reason: 'grounding:invalid-span', detail: span.detail };
  }
}

const shorten = (text: string): string => JSON.stringify(text.length <= 80 ? text : `${text.slice(0, 80)}…`);
