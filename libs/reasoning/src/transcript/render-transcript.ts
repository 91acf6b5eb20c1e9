import { SrvauError } from '@srvau/contracts';
import { parseTranscript } from './parse-transcript';
import type { SpanSec, Task } from './transcript';

/** `qa`: an option's letter. `tag`: the verdict, and for an anomaly when it happens. */
export type AnswerParts =
  | { readonly option: string }
  | { readonly verdict: 'normal' }
  | { readonly verdict: 'anomaly'; readonly span: SpanSec };

export interface RoundParts {
  readonly think: string;
  readonly answer: AnswerParts;
}

/** What a well-formed transcript says, by grammar. */
export type TranscriptParts =
  | { readonly grammar: 'direct'; readonly answer: AnswerParts }
  | { readonly grammar: 'single'; readonly round: RoundParts }
  | { readonly grammar: 'two-step'; readonly initial: RoundParts; readonly revision: RoundParts }
  | {
      readonly grammar: 'reflective';
      readonly initial: RoundParts;
      readonly reflection: string;
      readonly revision: RoundParts;
    };

/**
 * Writes the transcript that `parseTranscript` reads as these parts: white space around texts removed, times rounded to
 * milliseconds, nothing between segments.
 *
 * @throws SrvauError UNPROCESSABLE where no text would be read so: an empty text, one that holds a tag, an option that is
 *   no letter, a time that is not finite.
 */
export function renderTranscript(parts: TranscriptParts, task: Task): string {
  const text = renderParts(parts);
  const fault = parseTranscript(text, { grammar: parts.grammar, task }).faults[0];
  if (fault === undefined) return text;
  const where = `characters ${fault.start} to ${fault.end} would be a fault (${fault.message})`;
  throw SrvauError.mismatch('UNPROCESSABLE', 'transcript', 'parts that read back as given', where);
}

/** Shortest decimal notation, with a fraction as the prompts show it: `5.2`, `10.0`, `-1.0`. */
export function renderSpan({ startSec, endSec }: SpanSec): string {
  return `[${renderTime(startSec)}, ${renderTime(endSec)}]`;
}

const NO_SPAN: SpanSec = { startSec: -1, endSec: -1 };

function renderParts(parts: TranscriptParts): string {
  switch (parts.grammar) {
    case 'direct':
      return renderAnswer(parts.answer);
    case 'single':
      return renderRound(parts.round);
    case 'two-step':
      return renderRound(parts.initial) + renderRound(parts.revision);
    case 'reflective': {
      const reflection = `<reflection>${parts.reflection.trim()}</reflection>`;
      return renderRound(parts.initial) + reflection + renderRound(parts.revision);
    }
  }
}

const renderRound = ({ think, answer }: RoundParts): string => `<think>${think.trim()}</think>${renderAnswer(answer)}`;

function renderAnswer(answer: AnswerParts): string {
  if ('option' in answer) return `<answer>${answer.option}</answer>`;
  return answer.verdict === 'normal'
    ? `<answer>Normal</answer><glue>${renderSpan(NO_SPAN)}</glue>`
    : `<answer>Anomaly</answer><glue>${renderSpan(answer.span)}</glue>`;
}

function renderTime(seconds: number): string {
  const rounded = Math.round(seconds * 1000) / 1000;
  return Number.isInteger(rounded) ? rounded.toFixed(1) : String(rounded);
}
