import {
  cutText,
  type JudgeFault,
  VAU_EVAL_DIMENSIONS,
  VAU_EVAL_MAX_MARK,
  type VauEvalDimension,
  type VauEvalMarks,
} from '@srvau/contracts';
import { type FlatObject, flatObjects, type Member } from './flat-objects';

export interface ReplyFault {
  code: JudgeFault;
  /** What was expected and what came; the judge is told so. */
  message: string;
}

export type ReadMarks = { marks: VauEvalMarks; fault: null } | { marks: null; fault: ReplyFault };

/** A number of JSON. */
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
/** In one message; a reply of nothing but faults need not come back. */
const MAX_FAULTS = 2 * VAU_EVAL_DIMENSIONS.length;
const END_OF_THINKING = '</think>';

/**
 * Reads the five marks from a judge's reply.
 *
 * Repaired is what stands around them: prose, a fenced block, thinking before the answer, a comma too many, letter case of
 * names. The marks themselves are taken as they are or not at all: whole numbers from 0 to 10, all five of them, once. A
 * reply that was cut off or held back is not taken whatever it holds, as its writer was not done.
 *
 * Never throws; takes time in proportion to the text.
 */
export function readMarks(text: string, finishReason: 'stop' | 'length' | 'filtered'): ReadMarks {
  if (finishReason === 'filtered') return refused('filtered', 'expected marks, received an answer that was held back');
  if (finishReason === 'length') {
    return refused('cut-off', 'expected a short answer, received one that did not come to its end');
  }
  const thought = text.lastIndexOf(END_OF_THINKING);
  const answer = thought < 0 ? text : text.slice(thought + END_OF_THINKING.length);
  if (answer.trim() === '') return refused('empty', 'expected marks, received nothing');
  const objects = flatObjects(answer).filter((object) => object.some((member) => dimensionOf(member) !== undefined));
  const read = objects.map(marksOf);
  const [first] = read;
  if (first === undefined) return refused('no-marks', `expected a JSON object with ${NAMES}, received none`);
  if (read.every((other) => same(first, other))) return first;
  return refused('ambiguous', `expected one JSON object with marks, received ${read.length} that differ`);
}

const NAMES = VAU_EVAL_DIMENSIONS.join(', ');

function marksOf(object: FlatObject): ReadMarks {
  const marks: Partial<Record<VauEvalDimension, number>> = {};
  const seen = new Set<VauEvalDimension>();
  const faults: ReplyFault[] = [];
  for (const member of object) {
    const dimension = dimensionOf(member);
    if (dimension === undefined) continue;
    if (seen.has(dimension)) faults.push({ code: 'ambiguous', message: `${dimension}: expected once, received twice` });
    seen.add(dimension);
    const mark = markOf(member);
    if (mark !== undefined) marks[dimension] = mark;
    else faults.push({ code: 'mark-wrong', message: wrong(dimension, member) });
  }
  for (const dimension of VAU_EVAL_DIMENSIONS) {
    if (!seen.has(dimension)) faults.push({ code: 'mark-missing', message: `${dimension}: expected, received none` });
  }
  const [fault] = faults;
  if (fault === undefined) return { marks: ordered(marks), fault: null };
  return refused(fault.code, [...new Set(faults.map(({ message }) => message))].slice(0, MAX_FAULTS).join('; '));
}

function markOf({ text, quoted }: Member): number | undefined {
  if (quoted || !NUMBER.test(text)) return undefined;
  const value = Number(text);
  return Number.isInteger(value) && value >= 0 && value <= VAU_EVAL_MAX_MARK ? value : undefined;
}

function wrong(dimension: VauEvalDimension, { text, quoted }: Member): string {
  const received = quoted ? `"${cutText(text)}" (string)` : cutText(text);
  return `${dimension}: expected a whole number from 0 to ${VAU_EVAL_MAX_MARK}, received ${received}`;
}

function dimensionOf({ name }: Member): VauEvalDimension | undefined {
  const lower = name.toLowerCase();
  return VAU_EVAL_DIMENSIONS.find((dimension) => dimension === lower);
}

/** In one order whatever the reply's; −0 is 0. */
function ordered(marks: Partial<VauEvalMarks>): VauEvalMarks {
  const entries = VAU_EVAL_DIMENSIONS.map((dimension) => [dimension, (marks[dimension] as number) + 0]);
  return Object.fromEntries(entries) as VauEvalMarks;
}

function same(a: ReadMarks, b: ReadMarks): boolean {
  if (a.marks === null || b.marks === null) return a.fault?.message === b.fault?.message;
  const { marks } = b;
  return VAU_EVAL_DIMENSIONS.every((dimension) => a.marks[dimension] === marks[dimension]);
}

const refused = (code: JudgeFault, message: string): ReadMarks => ({ marks: null, fault: { code, message } });
