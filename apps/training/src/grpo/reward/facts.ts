/** What a component made of a rollout. Abstained, failed and 0 are three things. */
export type Score = number | 'abstained' | 'failed';

/** What all ranks know of a rollout: everything that a step is decided by. */
export interface SampleFacts {
  /** One for each component, in the order of the configuration. */
  readonly scores: readonly Score[];
  /** The one that ended it included. */
  readonly tokens: number;
  /** Ended by its length. */
  readonly truncated: boolean;
  readonly wellFormed: boolean;
}

/** The rollouts of one prompt; none where it is too long for the model. */
export type GroupFacts = readonly SampleFacts[];
