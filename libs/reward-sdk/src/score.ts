/** Named parts of a score, for charts; they need not add up to it. */
export type ScoreParts = Readonly<Record<string, number>>;

export interface Scored {
  readonly kind: 'scored';
  readonly value: number;
  readonly parts?: ScoreParts;
}

/** The reward says nothing about this rollout, which is not a score of 0. */
export interface Abstained {
  readonly kind: 'abstained';
  readonly because: string;
}

/** Made by the host, never by a plugin: it threw, was late, or answered what it may not. */
export interface Failed {
  readonly kind: 'failed';
  /** Begins with `id@scoreVersion`. */
  readonly error: string;
}

/** What a plugin answers for one rollout. */
export type Score = Scored | Abstained;

/** What became of one rollout in one plugin. */
export type ScoreOutcome = Score | Failed;

/** @param parts named parts of the value, all finite. */
export function scored(value: number, parts?: ScoreParts): Scored {
  return parts === undefined ? { kind: 'scored', value } : { kind: 'scored', value, parts };
}

/** @param because a short reason, e.g. `no temporal truth`; counted by reason in the metrics. */
export function abstain(because: string): Abstained {
  return { kind: 'abstained', because };
}
