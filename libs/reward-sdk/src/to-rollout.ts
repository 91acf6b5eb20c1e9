import type { RolloutRow, TruthRow } from '@srvau/contracts';
import { type Grammar, parseTranscript } from '@srvau/reasoning';
import type { Lengths, Rollout, Truth } from './rollout';
import { countWords } from './word-count';

export interface ToRolloutOptions {
  /** What the policy was taught to write; `reflective` by default. */
  readonly grammar?: Grammar;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Parses the completions of checked rows. The result is frozen, deeply. */
export function toRollouts(rows: readonly RolloutRow[], options: ToRolloutOptions = {}): readonly Rollout[] {
  return Object.freeze(rows.map((row) => toRollout(row, options)));
}

/** Parses the completion of a checked row. The result is frozen, deeply. */
export function toRollout(row: RolloutRow, { grammar = 'reflective' }: ToRolloutOptions = {}): Rollout {
  const { id, groupId, task, completion } = row;
  const transcript = parseTranscript(completion, { grammar, task });
  const rollout: Mutable<Rollout> = {
    id,
    groupId,
    task,
    completion,
    transcript,
    lengths: lengthsOf(completion, transcript.firstRoundEnd, row.tokens),
    truth: truthOf(row.truth),
  };
  if (row.durationSec !== undefined) rollout.durationSec = row.durationSec;
  return Object.freeze(rollout);
}

/** Of a completion whose tokens are known in all, the first round has the share that it has of the words. */
function lengthsOf(completion: string, firstRoundEnd: number, tokens: RolloutRow['tokens']): Lengths {
  if (typeof tokens === 'object') {
    return Object.freeze({ total: tokens.total, firstRound: tokens.firstRound, unit: 'tokens' });
  }
  const words = countWords(completion, firstRoundEnd);
  if (tokens === undefined) return Object.freeze({ total: words.total, firstRound: words.before, unit: 'words' });
  const firstRound = words.total === 0 ? 0 : Math.round((tokens * words.before) / words.total);
  return Object.freeze({ total: tokens, firstRound, unit: 'tokens' });
}

function truthOf({ label, normal, spanSec }: TruthRow): Truth {
  const truth: Mutable<Truth> = {};
  if (label !== undefined) truth.label = label;
  if (normal !== undefined) truth.normal = normal;
  if (spanSec !== undefined) truth.span = Object.freeze({ startSec: spanSec[0], endSec: spanSec[1] });
  return Object.freeze(truth);
}
