import type { SpanSec, Task, Transcript } from '@srvau/reasoning';

/** What is known to be right. A field is absent where nothing is known: that is not the same as wrong. */
export interface Truth {
  /** `qa`: letter of the right option. */
  readonly label?: string;
  /** `tag`: whether nothing anomalous happens. */
  readonly normal?: boolean;
  /** `tag`: when the anomaly happens. Absent for normal videos and for those without annotated times. */
  readonly span?: SpanSec;
}

/** Lengths of a completion. */
export interface Lengths {
  /** The whole completion. */
  readonly total: number;
  /** The first round, think and answer. */
  readonly firstRound: number;
  /** What was counted: the policy's tokens, or words between white space where the caller gave no token counts. */
  readonly unit: 'tokens' | 'words';
}

/** One completion of the policy and everything a reward may look at. */
export interface Rollout {
  readonly id: string;
  /** Rollouts of one group answer the same prompt. */
  readonly groupId: string;
  readonly task: Task;
  /** As the policy wrote it. */
  readonly completion: string;
  /** The completion, parsed. */
  readonly transcript: Transcript;
  readonly lengths: Lengths;
  readonly truth: Truth;
  /** Of the video. */
  readonly durationSec?: number;
}
