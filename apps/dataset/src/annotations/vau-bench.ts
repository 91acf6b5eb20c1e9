import { readCsv, type CsvRecord } from './csv-records';
import { type AnnotationReader, fourOptions, type RawAnnotation } from './raw-annotation';
import { readSpanText } from './span';
import { annotatedText } from './text';
import { DEFAULT_TEXT_LIMITS, guardText, type TextLimits } from './text-guard';

export const VAU_BENCH_COLUMNS = [
  'Video Name',
  'Question',
  'Option 1',
  'Option 2',
  'Option 3',
  'Option 4',
  'Correct Option',
  'Key Object',
  'Description',
  'Reasoning',
  'Anomaly Class',
  'Start Time',
  'End Time',
] as const;
type Column = (typeof VAU_BENCH_COLUMNS)[number];

/**
 * Reads VAU-Bench's CSV.
 * @throws SrvauError UNPROCESSABLE, see `readCsv` and `guardText`.
 */
export async function readVauBench(
  source: AsyncIterable<Uint8Array>,
  name: string,
  limits: TextLimits = DEFAULT_TEXT_LIMITS,
): Promise<AnnotationReader> {
  const pieces = guardText(source, name, limits);
  const { unknownColumns, records } = await readCsv(pieces, name, VAU_BENCH_COLUMNS, limits.maxRecordBytes);
  return { unknownColumns, rows: toRows(records) };
}

async function* toRows(records: AsyncIterable<CsvRecord>): AsyncGenerator<RawAnnotation> {
  for await (const record of records) yield toRow(record);
}

function toRow({ row, line, fields }: CsvRecord): RawAnnotation {
  const text = (column: Column): string => fields.get(column) ?? '';
  const optional = (column: Column): string | null => annotatedText(text(column));
  return {
    row,
    line,
    id: null,
    video: text('Video Name').trim(),
    question: optional('Question'),
    options: fourOptions([optional('Option 1'), optional('Option 2'), optional('Option 3'), optional('Option 4')]),
    correctOption: optional('Correct Option'),
    keyObject: optional('Key Object'),
    description: optional('Description'),
    reasoning: optional('Reasoning'),
    anomalyClass: optional('Anomaly Class'),
    span: readSpanText(text('Start Time'), text('End Time')),
    events: null,
    source: null,
    split: null,
  };
}
