import type { RolloutRow, TruthRow } from '@srvau/contracts';
import { type Grammar, parseTranscript } from '@srvau/reasoning';
import type { Lengths, Rollout, Truth } from './rollout';
import { countWords } from './word-count';

export interface ToRolloutOptions {
  /** What the policy was taught to write; `reflective` by default. */
  readonly grammar?: Grammar;
}

/**
 * Parses the completions of checked rows. What code of others gets to see is frozen first (`deepFreeze`), which takes as
 * long as half of the parsing.
 */
export function toRollouts(rows: readonly RolloutRow[], options: ToRolloutOptions = {}): readonly Rollout[] {
  return rows.map((row) => toRollout(row, options));
}

/** Parses the completion of a checked row. */
export function toRollout(row: RolloutRow, { grammar = 'reflective' }: ToRolloutOptions = {}): Rollout {
  const { id, groupId, task, completion, durationSec } = row;
  const transcript = parseTranscript(completion, { grammar, task });
  const lengths = lengthsOf(completion, transcript.firstRoundEnd, row.tokens);
  const truth = truthOf(row.truth);
  // Two literals: adding the field to a copy of the first took as long as a third of the parsing.
  return durationSec === undefined
    ? { id, groupId, task, completion, transcript, lengths, truth }
    : { id, groupId, task, completion, transcript, lengths, truth, durationSec };
}

/** Of a completion whose tokens are known in all, the first round has the share that it has of the words. */
function lengthsOf(completion: string, firstRoundEnd: number, tokens: RolloutRow['tokens']): Lengths {
  if (typeof tokens === 'object') return { total: tokens.total, firstRound: tokens.firstRound, unit: 'tokens' };
  const words = countWords(completion, firstRoundEnd);
  if (tokens === undefined) return { total: words.total, firstRound: words.before, unit: 'words' };
  const firstRound = words.total === 0 ? 0 : Math.round((tokens * words.before) / words.total);
  return { total: tokens, firstRound, unit: 'tokens' };
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function truthOf({ label, normal, spanSec }: TruthRow): Truth {
  const truth: Mutable<Truth> = {};
  if (label !== undefined) truth.label = label;
  if (normal !== undefined) truth.normal = normal;
  if (spanSec !== undefined) truth.span = { startSec: spanSec[0], endSec: spanSec[1] };
  return truth;
}
