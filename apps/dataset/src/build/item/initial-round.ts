import type { RolloutTask } from '@srvau/contracts';
import { parseTranscript, renderSpan, type RoundAnswer } from '@srvau/reasoning';

/** The base model's round in the form in which transcripts begin. */
export interface InitialText {
  readonly reasoning: string;
  readonly answer: RoundAnswer;
  /** Well formed by itself; nothing between its segments. */
  readonly text: string;
  /** The completion as it came was well formed, too. */
  readonly wellFormed: boolean;
}

export interface InitialFault {
  /** Kebab-case code. */
  readonly reason: string;
  readonly detail: string;
}

/**
 * Reads what the base model wrote. A round out of form (words before or after it, a tag that was forgotten) is put in form
 * as long as it has a reasoning and an answer: what was thought and said stays word by word. An answer that names no
 * option stays, too: it is wrong, and worth a reflection.
 */
export function readInitial(completion: string, task: RolloutTask): InitialText | InitialFault {
  const parsed = parseTranscript(completion, { grammar: 'single', task });
  const reasoning = parsed.segments.find(({ kind }) => kind === 'think')?.text ?? '';
  const answer = parsed.firstAnswer;
  if (answer === undefined || answer.text === '') {
    return { reason: 'initial-no-answer', detail: `expected <answer>…</answer>, received ${shorten(completion)}` };
  }
  if (reasoning === '') {
    return { reason: 'initial-no-reasoning', detail: `expected <think>…</think>, received ${shorten(completion)}` };
  }
  const glue = task === 'qa' ? '' : glueOf(answer);
  if (glue === undefined) {
    return { reason: 'initial-no-span', detail: `expected <glue>[start, end]</glue>, received ${shorten(completion)}` };
  }
  const text = `<think>${reasoning}</think><answer>${answer.text}</answer>${glue}`;
  const fault = parseTranscript(text, { grammar: 'single', task }).faults.find(
    ({ code }) => code !== 'unreadable-answer' && code !== 'unreadable-span',
  );
  // A tag of the grammar inside of the reasoning.
  if (fault !== undefined) return { reason: 'initial-malformed', detail: fault.message };
  return { reasoning, answer, text, wellFormed: parsed.wellFormed };
}

function glueOf({ span, verdict }: RoundAnswer): string | undefined {
  if (span !== undefined) return `<glue>${renderSpan(span)}</glue>`;
  return verdict === 'normal' ? '<glue>[-1.0, -1.0]</glue>' : undefined;
}

const shorten = (text: string): string => JSON.stringify(text.length <= 200 ? text : `${text.slice(0, 200)}…`);
