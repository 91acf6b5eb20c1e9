import type { AnnotatedEvent, DatasetSource, DatasetSplit } from '@srvau/contracts';
import type { SpanReading } from './span';

/** One data row as its file states it, before it is judged; the common ground of the CSV and the JSONL form. */
export interface RawAnnotation {
  /** 1-based number among the data rows. */
  row: number;
  /** 1-based line of the file. */
  line: number;
  /** Given ids are kept; otherwise made from the video's name. */
  id: string | null;
  video: string;
  question: string | null;
  /** Four texts; null as a whole where one of them is missing. */
  options: readonly [string, string, string, string] | null;
  /** As annotated, e.g. `B` or `B. full text`. */
  correctOption: string | null;
  keyObject: string | null;
  description: string | null;
  reasoning: string | null;
  anomalyClass: string | null;
  span: SpanReading;
  /** As annotated, whatever its times; null where the format has none. */
  events: readonly AnnotatedEvent[] | null;
  source: DatasetSource | null;
  split: DatasetSplit | null;
}

/** An annotation file, read row by row. */
export interface AnnotationReader {
  /** Columns that the format does not know; they are left out and named in a warning. */
  unknownColumns: string[];
  rows: AsyncIterable<RawAnnotation>;
}

/** All four options, or none: a question with a hole in its options cannot be asked. */
export function fourOptions(options: readonly (string | null)[]): RawAnnotation['options'] {
  const [a, b, c, d] = options;
  return a && b && c && d ? [a, b, c, d] : null;
}
