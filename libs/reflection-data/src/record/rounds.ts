import { type ReflectInitial, type ReflectRound, type RolloutTask, SrvauError } from '@srvau/contracts';
import { parseTranscript, type RoundAnswer, segmentKindsOf } from '@srvau/reasoning';

/** What a transcript of the reflective grammar says. */
export interface TranscriptRounds {
  initial: Pick<ReflectInitial, 'reasoning' | 'answer' | 'spanSec'>;
  reflection: string;
  revised: Pick<ReflectInitial, 'reasoning' | 'answer' | 'spanSec'>;
}

/**
 * Reads a whole transcript. An answer that names no option or verdict is null.
 *
 * @param where names the transcript in messages.
 * @throws SrvauError UNPROCESSABLE with the first fault, where it is not well formed.
 */
export function readRounds(transcript: string, task: RolloutTask, where: string): TranscriptRounds {
  const parsed = parseTranscript(transcript, { grammar: 'reflective', task });
  const { segments, firstAnswer, finalAnswer } = parsed;
  if (!parsed.wellFormed || firstAnswer === undefined || finalAnswer === undefined) {
    const kinds = segmentKindsOf('reflective', task).join(', ');
    const [fault] = parsed.faults;
    const received = fault === undefined ? 'something else' : `at character ${fault.start} ${fault.message}`;
    throw SrvauError.mismatch('UNPROCESSABLE', where, `the segments ${kinds}, and nothing else`, received);
  }
  const [first, second] = segments.filter(({ kind }) => kind === 'think').map(({ text }) => text);
  return {
    initial: { reasoning: first ?? '', ...answerOf(firstAnswer) },
    reflection: segments.find(({ kind }) => kind === 'reflection')?.text ?? '',
    revised: { reasoning: second ?? '', ...answerOf(finalAnswer) },
  };
}

/** An answer in the form of records; of a normal video no times are kept. */
function answerOf({ option, verdict, span }: RoundAnswer): Pick<ReflectInitial, 'answer' | 'spanSec'> {
  if (verdict === undefined) return { answer: option ?? null, spanSec: null };
  if (verdict === 'normal') return { answer: 'Normal', spanSec: null };
  return { answer: 'Anomaly', spanSec: span === undefined ? null : [span.startSec, span.endSec] };
}

/** The answer that is right, in the form of records. */
export function rightAnswer(truth: { label?: string; normal?: boolean }, task: RolloutTask): ReflectRound['answer'] {
  if (task === 'qa') return truth.label ?? '';
  return truth.normal === true ? 'Normal' : 'Anomaly';
}
