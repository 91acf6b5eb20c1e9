import { readAnswers } from './answers/round-answers';
import { FaultList } from './faults';
import { checkOrder, hasTwoRounds, segmentKindsOf } from './order';
import { cutSegments } from './segments';
import type { Grammar, Task, Transcript } from './transcript';

export interface TranscriptForm {
  readonly grammar: Grammar;
  readonly task: Task;
}

/**
 * Reads a completion. Total: any string gives a transcript, and what is wrong with it is in `faults`. Time and memory grow
 * linearly with the text, hostile text included.
 *
 * Answers, spans and the reflection are read from malformed completions too; only `wellFormed` is lost. First answer is
 * the first `<answer>`, final answer the last; one inside another segment is text of that segment.
 */
export function parseTranscript(completion: string, { grammar, task }: TranscriptForm): Transcript {
  const faults = new FaultList();
  const { segments, reflection } = cutSegments(completion, faults);
  checkOrder(segments, segmentKindsOf(grammar, task), completion.length, faults);
  const wellFormed = faults.count === 0;

  const { first, last, firstSegment, lastSegment, firstRoundEnd } = readAnswers(segments, task, faults);
  const onlyHalf = hasTwoRounds(grammar) && firstSegment === lastSegment;
  return {
    grammar,
    task,
    wellFormed,
    faults: faults.listed,
    faultCount: faults.count,
    segments,
    firstAnswer: first,
    finalAnswer: onlyHalf ? undefined : last,
    hasReflection:
      reflection !== undefined &&
      firstSegment !== undefined &&
      lastSegment !== undefined &&
      firstSegment.end <= reflection.start &&
      reflection.end <= lastSegment.start,
    firstRoundEnd,
  };
}
