/** What the guards see of a step. A value that is absent could not be measured in it, and is passed over. */
export interface Observation {
  /** By name of the component. */
  readonly rewards: Readonly<Record<string, ComponentScores>>;
  /** Share of completions that follow the grammar. */
  readonly format: number;
  /** Mean tokens of a completion. */
  readonly lengthTokens: number;
  /** Mean per token, nats. */
  readonly kl?: number;
  /** Mean per token, nats. */
  readonly entropy?: number;
  /** Largest |log-probability when sampled − when trained| of a token, nats. */
  readonly mismatch?: number;
  /** Updates that were left out because the norm of their gradient was not finite. */
  readonly skippedUpdates: number;
}

export interface ComponentScores {
  readonly scored: number;
  /** Of the scores; absent where there are none. */
  readonly min?: number;
  readonly max?: number;
}
