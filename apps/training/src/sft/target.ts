import type { RolloutTask } from '@srvau/contracts';
import type { Tokenizer } from '@srvau/models';
import { parseTranscript } from '@srvau/reasoning';

/** Parts of a reflective transcript, by which tokens are weighed: paper, Eq. 1. Their indices are values of Target.parts. */
export const TRANSCRIPT_PARTS = ['initial', 'reflection', 'revision'] as const;
export type TranscriptPart = (typeof TRANSCRIPT_PARTS)[number];

/** A completion to learn. */
export interface Target {
  /** The transcript as the policy would write it, and the end of the turn. */
  readonly ids: Int32Array;
  /** Of each id, its part as an index of TRANSCRIPT_PARTS. */
  readonly parts: Uint8Array;
}

export interface TargetOptions {
  readonly task: RolloutTask;
  readonly tokenizer: Tokenizer;
  readonly endOfTurn: number;
}

/**
 * Cuts a transcript into tokens and says which part each belongs to.
 *
 * The text is tokenized as a whole, as a policy that samples token by token would write it, so that a token may reach over
 * the border of two parts: it belongs to the part that it begins in. White space between two segments belongs to the part
 * before it, the end of the turn to the revision.
 *
 * @returns the reason why it cannot be learned: a special token written out in it, which would end the turn or stand for a
 *   picture; text that does not come back from the tokens as a reflective transcript
 */
export function targetOf(transcript: string, { task, tokenizer, endOfTurn }: TargetOptions): Target | string {
  const ids = tokenizer.encode(transcript);
  const special = ids.find((id) => tokenizer.isSpecial(id));
  if (special !== undefined) return `whose transcript holds the special token ${tokenizer.tokenOf(special)}`;

  // Positions are those of the tokens' own text: tokenizers may normalise what they are given.
  const { starts, text } = startsOf(ids, tokenizer);
  const { wellFormed, segments } = parseTranscript(text, { grammar: 'reflective', task });
  const at = segments.findIndex(({ kind }) => kind === 'reflection');
  const reflection = segments[at];
  const revision = segments[at + 1];
  if (!wellFormed || reflection === undefined || revision === undefined) {
    return 'whose transcript does not come back whole from its tokens';
  }
  const parts = Uint8Array.from([...starts, Infinity], (start) =>
    start < reflection.start ? 0 : start < revision.start ? 1 : 2,
  );
  return { ids: Int32Array.from([...ids, endOfTurn]), parts };
}

/** Where in the text each token begins; one that begins within a character begins with that character. */
function startsOf(ids: readonly number[], tokenizer: Tokenizer): { starts: number[]; text: string } {
  const decoder = tokenizer.streamDecoder();
  let text = '';
  const starts = ids.map((id) => {
    const start = text.length;
    text += decoder.push(id);
    return start;
  });
  return { starts, text: text + decoder.end() };
}

/** What each token counts. */
export function weightsOf({ parts }: Target, weights: Readonly<Record<TranscriptPart, number>>): Float32Array {
  const byPart = TRANSCRIPT_PARTS.map((part) => weights[part]);
  return Float32Array.from(parts, (part) => byPart[part] ?? 0);
}
