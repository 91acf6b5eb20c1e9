import type { DatasetRow } from '@srvau/contracts';
import type { RowOf, TableSchema } from '../tables/schema';

/** Columns of `manifest.parquet`: the fields of a DatasetRow, with options and span spread over columns of their own, events as JSON. */
export const MANIFEST_TABLE = {
  id: 'string',
  row: 'int32',
  source: 'string',
  split: 'string',
  video: 'string',
  videoKey: 'string?',
  videoSha256: 'string?',
  durationSec: 'double?',
  width: 'int32?',
  height: 'int32?',
  frames: 'int32?',
  question: 'string?',
  optionA: 'string?',
  optionB: 'string?',
  optionC: 'string?',
  optionD: 'string?',
  correctOption: 'string?',
  keyObject: 'string?',
  description: 'string?',
  reasoning: 'string?',
  reasoningRepr: 'string?',
  anomalyClass: 'string?',
  normal: 'boolean',
  startSec: 'double?',
  endSec: 'double?',
  events: 'string?',
  qaEligible: 'boolean',
  groundingEligible: 'boolean',
} as const satisfies TableSchema;

export function toManifestRecord({ options, spanSec, events, ...fields }: DatasetRow): RowOf<typeof MANIFEST_TABLE> {
  const [optionA, optionB, optionC, optionD] = options ?? [null, null, null, null];
  const [startSec, endSec] = spanSec ?? [null, null];
  const told = events === null ? null : JSON.stringify(events);
  return { ...fields, optionA, optionB, optionC, optionD, startSec, endSec, events: told };
}
