import type { PredictedAnswer, RolloutTask, TranscriptFault } from '@srvau/contracts';
import { readAnswers, spanFaultOf } from '@srvau/metrics';
import { type Grammar, parseTranscript, type RoundAnswer, type SpanSec } from '@srvau/reasoning';

export interface AskedForm {
  task: RolloutTask;
  grammar: Grammar;
  /** `qa`: options that the question offers. */
  options: number;
  durationSec: number | undefined;
}

/** What a completion says. */
export interface ReadPrediction {
  wellFormed: boolean;
  faults: TranscriptFault[];
  first: PredictedAnswer | null;
  final: PredictedAnswer | null;
  spanSec: PredictedAnswer['spanSec'];
}

const A = 'A'.charCodeAt(0);

/** Reads a completion, whatever it holds. The span is the one that `score` would score. */
export function readPrediction(transcript: string, { task, grammar, options, durationSec }: AskedForm): ReadPrediction {
  const { wellFormed, faults, segments, firstAnswer, finalAnswer } = parseTranscript(transcript, { task, grammar });
  // A model that answers once where it was asked for two rounds has answered; its form is what it lacks.
  const last = finalAnswer ?? firstAnswer;
  const scored = readAnswers({ completion: transcript, ...NO_FIELDS }, task, undefined).final;
  const read: TranscriptFault[] = faults.map((fault) => ({ ...fault }));
  const oddity = task === 'tag' && scored !== undefined ? spanFaultOf(scored, durationSec) : undefined;
  if (oddity !== undefined) {
    const { start, end } = segments.findLast(({ kind }) => kind === 'glue') ?? { start: 0, end: 0 };
    read.push({ code: oddity, message: MESSAGES[oddity] ?? oddity, start, end });
  }
  if (task === 'qa' && last?.option !== undefined && !isOffered(last.option, options)) {
    const { start, end } = segments.findLast(({ kind }) => kind === 'answer') ?? { start: 0, end: 0 };
    const lastLetter = String.fromCharCode(A + options - 1);
    const message = `expected an option from A to ${lastLetter}, received ${last.option}`;
    read.push({ code: 'option-not-offered', message, start, end });
  }
  return {
    ...{ wellFormed, faults: read },
    first: firstAnswer === undefined ? null : answerOf(firstAnswer, options),
    final: last === undefined ? null : answerOf(last, options),
    spanSec: scored?.verdict === 'anomaly' ? pairOf(scored.span) : null,
  };
}

const NO_FIELDS = { id: '', answer: undefined, spanSec: undefined, fault: undefined };

const MESSAGES: Readonly<Record<string, string>> = {
  'reversed-span': 'expected a start before the end',
  'empty-span': 'expected a start before the end, received the same',
  'span-beyond-video': 'expected a span within the video',
};

function answerOf({ text, option, verdict, span }: RoundAnswer, options: number): PredictedAnswer {
  return {
    text,
    option: option !== undefined && isOffered(option, options) ? option : null,
    verdict: verdict ?? null,
    spanSec: pairOf(span),
  };
}

const pairOf = (span: SpanSec | undefined): PredictedAnswer['spanSec'] =>
  span === undefined ? null : [span.startSec, span.endSec];

const isOffered = (option: string, options: number): boolean => option.charCodeAt(0) - A < options;
