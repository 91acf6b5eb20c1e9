import {
  type Fault,
  type FaultCode,
  type Grammar,
  type RoundAnswer,
  type Segment,
  type SegmentKind,
  segmentText,
  type Task,
  type Transcript,
} from '@srvau/reasoning';
import type { PieceReader, PieceWriter } from './piece';

const { freeze } = Object;

const KINDS: readonly SegmentKind[] = ['think', 'answer', 'reflection', 'glue'];
const KIND_NUMBERS: Readonly<Record<SegmentKind, number>> = { think: 0, answer: 1, reflection: 2, glue: 3 };

const FAULT_NUMBERS: Readonly<Record<FaultCode, number>> = {
  'stray-text': 0,
  'unclosed-tag': 1,
  'unopened-tag': 2,
  'nested-tag': 3,
  'missing-segment': 4,
  'extra-segment': 5,
  'wrong-order': 6,
  'empty-segment': 7,
  'unreadable-answer': 8,
  'unreadable-span': 9,
};
const FAULT_CODES = Object.keys(FAULT_NUMBERS) as FaultCode[];

const WELL_FORMED = 1;
const HAS_REFLECTION = 2;

// An answer is one number: what there is of it, and the option's letter above that.
const NO_ANSWER = 0;
const HAS_ANSWER = 1;
const IS_FIRST = 2;
const IS_NORMAL = 4;
const IS_ANOMALY = 8;
const HAS_SPAN = 16;
const LETTER_SHIFT = 8;

/** Of a completion that is written too: texts of segments and answers are read from there. */
export function writeTranscript(transcript: Transcript, to: PieceWriter): void {
  const { wellFormed, hasReflection, firstRoundEnd, segments, faults, faultCount } = transcript;
  to.int((wellFormed ? WELL_FORMED : 0) | (hasReflection ? HAS_REFLECTION : 0));
  to.int(firstRoundEnd);
  to.int(segments.length);
  for (const { kind, start, end } of segments) {
    to.int(KIND_NUMBERS[kind]);
    to.int(start);
    to.int(end);
  }
  const { firstAnswer, finalAnswer } = transcript;
  writeAnswer(firstAnswer, to);
  if (finalAnswer !== undefined && finalAnswer === firstAnswer) to.int(IS_FIRST);
  else writeAnswer(finalAnswer, to);
  to.int(faultCount);
  to.int(faults.length);
  for (const { code, message, start, end } of faults) {
    to.int(FAULT_NUMBERS[code]);
    to.text(message);
    to.int(start);
    to.int(end);
  }
}

/** An equal transcript, frozen deeply. */
export function readTranscript(completion: string, grammar: Grammar, task: Task, from: PieceReader): Transcript {
  const flags = from.int();
  const firstRoundEnd = from.int();
  const segments: Segment[] = [];
  let firstText = '';
  let lastText: string | undefined;
  for (let left = from.int(); left > 0; left -= 1) {
    const kind = KINDS[from.int()] as SegmentKind;
    const start = from.int();
    const end = from.int();
    const text = segmentText(completion, kind, start, end);
    segments.push(freeze({ kind, start, end, text }));
    if (kind !== 'answer') continue;
    if (lastText === undefined) firstText = text;
    lastText = text;
  }
  const firstAnswer = readAnswer(from.int(), firstText, from);
  const final = from.int();
  const finalAnswer = final === IS_FIRST ? firstAnswer : readAnswer(final, lastText ?? '', from);
  const faultCount = from.int();
  return freeze({
    grammar,
    task,
    wellFormed: (flags & WELL_FORMED) !== 0,
    faults: readFaults(from),
    faultCount,
    segments: freeze(segments),
    firstAnswer,
    finalAnswer,
    hasReflection: (flags & HAS_REFLECTION) !== 0,
    firstRoundEnd,
  });
}

function writeAnswer(answer: RoundAnswer | undefined, to: PieceWriter): void {
  if (answer === undefined) return to.int(NO_ANSWER);
  const { option, verdict, span } = answer;
  const letter = option === undefined ? 0 : option.charCodeAt(0) << LETTER_SHIFT;
  const flags = verdict === undefined ? HAS_ANSWER : HAS_ANSWER | (verdict === 'normal' ? IS_NORMAL : IS_ANOMALY);
  to.int(flags | letter | (span === undefined ? 0 : HAS_SPAN));
  if (span === undefined) return;
  to.number(span.startSec);
  to.number(span.endSec);
}

function readAnswer(flags: number, text: string, from: PieceReader): RoundAnswer | undefined {
  if (flags === NO_ANSWER) return undefined;
  const letter = flags >> LETTER_SHIFT;
  return freeze({
    text,
    option: letter === 0 ? undefined : String.fromCharCode(letter),
    verdict: (flags & IS_NORMAL) !== 0 ? 'normal' : (flags & IS_ANOMALY) !== 0 ? 'anomaly' : undefined,
    span: (flags & HAS_SPAN) === 0 ? undefined : freeze({ startSec: from.number(), endSec: from.number() }),
  });
}

const NO_FAULTS: readonly Fault[] = freeze([]);

function readFaults(from: PieceReader): readonly Fault[] {
  let left = from.int();
  if (left === 0) return NO_FAULTS;
  const faults: Fault[] = [];
  for (; left > 0; left -= 1) {
    const code = FAULT_CODES[from.int()] as FaultCode;
    const message = from.text();
    faults.push(freeze({ code, message, start: from.int(), end: from.int() }));
  }
  return freeze(faults);
}
