import type { RowOf, TableSchema } from '@srvau/storage';

/** Columns of `samples/step-….parquet`: one rollout a row. Text is well-formed Unicode: lone surrogates become U+FFFD. */
export const SAMPLES_TABLE = {
  step: 'int64',
  /** Id of the rollout, `<recordId>/<n>`; unique within the step. */
  id: 'string',
  groupId: 'string',
  task: 'string',
  prompt: 'string',
  completion: 'string',
  /** `stop` or `length`. */
  finish: 'string',
  tokens: 'int32',
  truth: 'json',
  /** By plugin: `{kind, value, parts}`, `{kind, because}` or `{kind, error}`. */
  scores: 'json',
  /** Weighted sum; null where nothing scored. */
  reward: 'double?',
  /** Null where the group took no part in the step. */
  advantage: 'double?',
  wellFormed: 'boolean',
} as const satisfies TableSchema;

export type SampleRow = RowOf<typeof SAMPLES_TABLE>;
