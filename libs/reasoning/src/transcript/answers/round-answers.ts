import type { FaultList } from '../faults';
import type { RoundAnswer, Segment, SpanSec, Task } from '../transcript';
import { readOption } from './option';
import { readSpan } from './span';
import { readVerdict } from './verdict';

export interface RoundAnswers {
  readonly first: RoundAnswer | undefined;
  readonly last: RoundAnswer | undefined;
  /** Segments of the first and the last answer; the same one where there is one answer only. */
  readonly firstSegment: Segment | undefined;
  readonly lastSegment: Segment | undefined;
  /** Where the first answer's round ends; 0 where there is no answer. */
  readonly firstRoundEnd: number;
}

/** Reads all answers and spans, keeps the first and the last answer, and lists what cannot be read. */
export function readAnswers(segments: readonly Segment[], task: Task, faults: FaultList): RoundAnswers {
  const spans = task === 'tag' ? segments.map((segment) => readGlue(segment, faults)) : [];
  let first: RoundAnswer | undefined;
  let last: RoundAnswer | undefined;
  let firstSegment: Segment | undefined;
  let lastSegment: Segment | undefined;
  let firstRoundEnd = 0;
  for (let i = 0; i < segments.length; i += 1) {
    const segment = segments[i];
    if (segment?.kind !== 'answer') continue;
    const { text } = segment;
    last =
      task === 'qa'
        ? { text, option: readOption(text), verdict: undefined, span: undefined }
        : { text, option: undefined, verdict: readVerdict(text), span: spanOf(i, segments, spans) };
    lastSegment = segment;
    if (last.option === undefined && last.verdict === undefined && last.text !== '') {
      const expected = task === 'qa' ? 'the letter of one option' : 'Normal, Anomaly or a class of anomaly';
      faults.add(
        'unreadable-answer',
        `expected ${expected}, received ${shorten(last.text)}`,
        segment.start,
        segment.end,
      );
    }
    if (firstSegment !== undefined) continue;
    first = last;
    firstSegment = segment;
    const glue = task === 'tag' ? segments[i + 1] : undefined;
    firstRoundEnd = glue?.kind === 'glue' ? glue.end : segment.end;
  }
  return { first, last, firstSegment, lastSegment, firstRoundEnd };
}

/**
 * To an answer belongs the `<glue>` right after it; where there is none, one right before it that follows no other
 * answer (a policy that swaps the two still said when).
 */
function spanOf(
  answer: number,
  segments: readonly Segment[],
  spans: readonly (SpanSec | undefined)[],
): SpanSec | undefined {
  if (segments[answer + 1]?.kind === 'glue') return spans[answer + 1];
  return segments[answer - 1]?.kind === 'glue' && segments[answer - 2]?.kind !== 'answer'
    ? spans[answer - 1]
    : undefined;
}

function readGlue({ kind, text, start, end }: Segment, faults: FaultList): SpanSec | undefined {
  if (kind !== 'glue') return undefined;
  const span = readSpan(text);
  if (span === undefined && text !== '') {
    faults.add('unreadable-span', `expected [start, end] in seconds, received ${shorten(text)}`, start, end);
  }
  return span;
}

const shorten = (text: string): string => JSON.stringify(text.length <= 40 ? text : `${text.slice(0, 40)}…`);
