import type { Tokenizer } from '@srvau/models';
import { type Grammar, parseTranscript, type Task } from '@srvau/reasoning';

/** A completion as rewards see it. */
export interface CompletionText {
  /** Without the token that ended it. Other special tokens stay: they are no part of any grammar. */
  readonly text: string;
  /** Tokens of that text: all, and those up to the end of the first round. */
  readonly tokens: { readonly total: number; readonly firstRound: number };
  readonly wellFormed: boolean;
}

/** @param form what the prompt asked for */
export function readCompletion(
  ids: Int32Array,
  tokenizer: Tokenizer,
  form: { readonly grammar: Grammar; readonly task: Task },
): CompletionText {
  const last = ids.at(-1);
  const total = last !== undefined && tokenizer.eosIds.includes(last) ? ids.length - 1 : ids.length;
  const decoder = tokenizer.streamDecoder();
  /** UTF-16 code units after each token. */
  const ends: number[] = [];
  let text = '';
  for (const id of ids.subarray(0, total)) {
    text += decoder.push(id);
    ends.push(text.length);
  }
  text += decoder.end();
  const { wellFormed, firstRoundEnd } = parseTranscript(text, form);
  const lastOfRound = ends.findIndex((end) => end >= firstRoundEnd);
  const firstRound = firstRoundEnd === 0 ? 0 : lastOfRound < 0 ? total : lastOfRound + 1;
  return { text, tokens: { total, firstRound }, wellFormed };
}
