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
  const read = task === 'qa' ? readChoice : verdictReader(segments, faults);
  let first: RoundAnswer | undefined;
  let last: RoundAnswer | undefined;
  let firstSegment: Segment | undefined;
  let lastSegment: Segment | undefined;
  let firstRoundEnd = 0;
  for (let i = 0; i < segments.length; i += 1) {
    const segment = segments[i];
    if (segment?.kind !== 'answer') continue;
    last = read(segment, i);
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

const readChoice = ({ text }: Segment): RoundAnswer =>
  Object.freeze({ text, option: readOption(text), verdict: undefined, span: undefined });

/**
 * To an answer belongs the `<glue>` right after it; where there is none, one right before it that follows no other
 * answer (a policy that swaps the two still said when).
 */
function verdictReader(segments: readonly Segment[], faults: FaultList): (answer: Segment, at: number) => RoundAnswer {
  const spans = segments.map((segment) => (segment.kind === 'glue' ? readGlue(segment, faults) : undefined));
  const isGlue = (at: number): boolean => segments[at]?.kind === 'glue';
  const spanOf = (at: number): SpanSec | undefined => {
    if (isGlue(at + 1)) return spans[at + 1];
    return isGlue(at - 1) && segments[at - 2]?.kind !== 'answer' ? spans[at - 1] : undefined;
  };
  return ({ text }, at) => Object.freeze({ text, option: undefined, verdict: readVerdict(text), span: spanOf(at) });
}

function readGlue({ text, start, end }: Segment, faults: FaultList): SpanSec | undefined {
  const span = readSpan(text);
  if (span === undefined && text !== '') {
    faults.add('unreadable-span', `expected [start, end] in seconds, received ${shorten(text)}`, start, end);
  }
  return span;
}

const shorten = (text: string): string => JSON.stringify(text.length <= 40 ? text : `${text.slice(0, 40)}…`);
