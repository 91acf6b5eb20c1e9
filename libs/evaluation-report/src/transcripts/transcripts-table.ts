import { type RowOf, type TableSchema } from '@srvau/storage';

/**
 * `transcripts.parquet`: every item, what was answered, what is true and what that is worth. It says all that scoring needs, so
 * whoever has it can score anew.
 */
export const TRANSCRIPTS_TABLE = {
  /** Of the dataset's row; unique within a task and way of asking. */
  id: 'string',
  /** `qa`, `tag` or `describe`. */
  task: 'string',
  /** `with` or `without`. */
  thinking: 'string',
  dataset: 'string',
  video: 'string?',
  promptId: 'string',
  /** Null where nothing was answered; then `missing` says why. */
  completion: 'string?',
  /** What an endpoint gave apart as the model's thinking. */
  reasoning: 'string?',
  missing: 'string?',
  /** For people, of `missing`. */
  detail: 'string?',
  finishReason: 'string?',
  /** Null where no grammar was asked for. */
  wellFormed: 'boolean?',
  /** The final answer as it is read: an option, `normal` or `anomaly`; null where it cannot be. */
  answer: 'string?',
  spanStartSec: 'double?',
  spanEndSec: 'double?',
  /** The first of two answers. */
  firstAnswer: 'string?',
  firstSpanStartSec: 'double?',
  firstSpanEndSec: 'double?',
  label: 'string?',
  normal: 'boolean?',
  truthStartSec: 'double?',
  truthEndSec: 'double?',
  anomalyClass: 'string?',
  durationSec: 'double?',
  /** `qa`: the option, `tag`: the verdict. Null where the item takes no part. */
  correct: 'boolean?',
  firstCorrect: 'boolean?',
  /** `qa` 0 or 1, `tag` 0–1 by the protocol, `describe` the total of the judge's marks, 0–50; null: in no denominator. */
  score: 'double?',
  promptTokens: 'int32?',
  completionTokens: 'int32?',
} as const satisfies TableSchema;

export type TranscriptRow = RowOf<typeof TRANSCRIPTS_TABLE>;
