import type { PredictionRow, RolloutTask, TranscriptGrammar } from '@srvau/contracts';
import { parseTranscript, readOption, readSpan, readVerdict, type RoundAnswer, type SpanSec } from '@srvau/reasoning';

/** What a prediction says, read by the rules of the transcript grammar. */
export interface ReadAnswer {
  /** `qa`: `A`…`Z`; undefined where it names none or several. */
  readonly option: string | undefined;
  /**
   * `tag`: what is said of the video; undefined where that is neither. Where nothing is said but a span is given, the span
   * says it: [−1, −1] is normal, any other an anomaly, as prompts without a verdict ask for.
   */
  readonly verdict: 'normal' | 'anomaly' | undefined;
  /** `tag`: nothing is promised about order or sign. */
  readonly span: SpanSec | undefined;
}

export interface ReadAnswers {
  readonly final: ReadAnswer | undefined;
  /** The first of two or more; undefined where there is one only. */
  readonly first: ReadAnswer | undefined;
}

const NOTHING: ReadAnswers = { final: undefined, first: undefined };

/**
 * @param grammar what the model was to write; undefined takes the last answer for the final one, however many there are
 */
export function readAnswers(
  prediction: PredictionRow,
  task: RolloutTask,
  grammar: TranscriptGrammar | undefined,
): ReadAnswers {
  const { completion, answer, spanSec } = prediction;
  if (completion !== undefined) return readCompletion(completion, task, grammar);
  if (answer === undefined && spanSec === undefined) return NOTHING;
  if (task === 'qa') {
    if (answer === undefined) return NOTHING;
    return { final: { option: readOption(answer), verdict: undefined, span: undefined }, first: undefined };
  }
  const span = spanSec === undefined ? undefined : { startSec: spanSec[0], endSec: spanSec[1] };
  return { final: grounded(answer, span), first: undefined };
}

function readCompletion(completion: string, task: RolloutTask, grammar: TranscriptGrammar | undefined): ReadAnswers {
  // The grammar of one round tells the last of any number of answers.
  const transcript = parseTranscript(completion, { grammar: grammar ?? 'single', task });
  const { firstAnswer, finalAnswer, segments } = transcript;
  if (firstAnswer === undefined) {
    const glue = task === 'tag' ? segments.findLast(({ kind }) => kind === 'glue') : undefined;
    return glue === undefined ? NOTHING : { final: grounded(undefined, readSpan(glue.text)), first: undefined };
  }
  const final = finalAnswer === undefined ? undefined : toAnswer(finalAnswer);
  return { final, first: finalAnswer === firstAnswer ? undefined : toAnswer(firstAnswer) };
}

function toAnswer({ option, verdict, span }: RoundAnswer): ReadAnswer {
  return { option, verdict, span };
}

function grounded(answer: string | undefined, span: SpanSec | undefined): ReadAnswer {
  return { option: undefined, verdict: answer === undefined ? verdictOf(span) : readVerdict(answer), span };
}

function verdictOf(span: SpanSec | undefined): ReadAnswer['verdict'] {
  if (span === undefined) return undefined;
  return span.startSec === -1 && span.endSec === -1 ? 'normal' : 'anomaly';
}
