import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { describe, SrvauError } from '@srvau/contracts';
import type { TextPiece } from './text-guard';

export interface CsvRecord {
  /** 1-based number among the data rows. */
  row: number;
  /** 1-based line of the file on which the record begins. */
  line: number;
  /** Column → field. */
  fields: ReadonlyMap<string, string>;
}

export interface CsvTable {
  /** Columns of the file that were not asked for. */
  unknownColumns: string[];
  records: AsyncGenerator<CsvRecord>;
}

/** A record of the file, the header being number 0. */
interface Numbered {
  record: string[];
  row: number;
  line: number;
}

/**
 * Reads comma-separated values by header name, strictly (RFC 4180): fields may be quoted, `""` inside quotes is one quote,
 * newlines inside quotes are text, lines end in LF or CRLF, blank lines are passed over, every record has as many fields
 * as the header. Column names are compared without regard to letter case and surrounding space.
 *
 * @param name names the file in messages.
 * @param columns the columns that must be there, in any order.
 * @throws SrvauError UNPROCESSABLE: a column is missing or there twice, quotes are wrong, a record has another number of
 *   fields. The header's faults are thrown here, a record's when the iteration reaches it.
 */
export async function readCsv(
  pieces: AsyncIterable<TextPiece>,
  name: string,
  columns: readonly string[],
  maxRecordBytes: number,
): Promise<CsvTable> {
  const parsed = parseRecords(pieces, name, maxRecordBytes);
  const first = await parsed.next();
  if (first.done === true) {
    throw unprocessable(name, 'header', `a header line with ${columns.join(', ')}`, 'an empty file');
  }
  const header = matchHeader(first.value.record, columns, name);

  async function* records(): AsyncGenerator<CsvRecord> {
    for await (const { record, row, line } of parsed) {
      if (record.length !== header.length) {
        throw unprocessable(name, `row ${row} (line ${line})`, `${header.length} fields`, `${record.length}`);
      }
      yield { row, line, fields: new Map(header.map((column, i) => [column, record[i] ?? ''])) };
    }
  }
  return { unknownColumns: header.filter((column) => !columns.includes(column)), records: records() };
}

async function* parseRecords(
  pieces: AsyncIterable<TextPiece>,
  name: string,
  maxRecordBytes: number,
): AsyncGenerator<Numbered> {
  // The parser runs ahead of the loop below, so places are noted while parsing. csv-parse's own line numbers take a quoted
  // CRLF for two lines: one a record is counted here, plus the newlines in its fields.
  let parsed = 0;
  let textLines = 0;
  const lines: number[] = [];
  const parser = parse({
    // Field counts are checked by the reader, which knows the row's number.
    relax_column_count: true,
    skip_empty_lines: true,
    // Given, not discovered: otherwise the first line end decides for a file that mixes them.
    record_delimiter: ['\r\n', '\n', '\r'],
    max_record_size: maxRecordBytes,
    on_record: (record, { empty_lines }) => {
      lines.push(1 + textLines + empty_lines);
      parsed += 1;
      textLines += 1 + record.reduce((sum, field) => sum + countNewlines(field), 0);
      return record;
    },
  });
  // A failing source destroys the parser with its error, and that is where the loop below meets it.
  pipeline(Readable.from(bytesOf(pieces, name)), parser, () => undefined);
  let row = 0;
  try {
    for await (const record of parser as AsyncIterable<string[]>) {
      yield { record, row, line: lines.shift() ?? 0 };
      row += 1;
    }
  } catch (thrown) {
    if (!(thrown instanceof CsvError)) throw thrown;
    throw malformed(thrown, name, parsed, 1 + textLines + parser.info.empty_lines);
  }
}

async function* bytesOf(pieces: AsyncIterable<TextPiece>, name: string): AsyncGenerator<Buffer> {
  for await (const { line, bytes } of pieces) {
    // Its quotes would be reported first, which helps nobody.
    if (line === 1 && /^\s*[{[]/.test(bytes.toString('latin1', 0, 64))) {
      throw unprocessable(name, 'line 1', 'comma-separated values below a header line', 'JSON');
    }
    yield bytes;
  }
}

/** The header in the spelling of `columns`, so that fields can be looked up by it. */
function matchHeader(header: readonly string[], columns: readonly string[], name: string): string[] {
  const spelling = new Map(columns.map((column) => [fold(column), column]));
  const matched = header.map((column) => spelling.get(fold(column)) ?? column.trim());
  const missing = columns.filter((column) => !matched.includes(column));
  const received = `the header ${describe(header.join(','))}`;
  if (missing.length > 0) {
    const which = missing.map((column) => `"${column}"`).join(', ');
    const expected = `the columns ${columns.join(', ')}`;
    throw new SrvauError(
      'UNPROCESSABLE',
      `${name}: missing column${missing.length > 1 ? 's' : ''} ${which}; expected ${expected}; received ${received}`,
      {
        details: missing.map((column) => ({
          field: `column "${column}"`,
          expected: 'a column of this name',
          received,
        })),
      },
    );
  }
  const twice = matched.find((column, i) => matched.indexOf(column) !== i);
  if (twice !== undefined) throw unprocessable(name, `column "${twice}"`, 'each column once', received);
  return matched;
}

const fold = (column: string): string => column.trim().replace(/\s+/g, ' ').toLowerCase();

function malformed(error: CsvError, name: string, row: number, line: number): SrvauError {
  const at: unknown = error['column'];
  const place = typeof at === 'number' ? `, field ${at + 1}` : '';
  const where = row === 0 ? 'the header' : `row ${row}`;
  const field = `${where} (line ${line})${place}`;
  const [expected, received] = faultOf(error.code);
  return unprocessable(name, field, expected, received, error);
}

function faultOf(code: string): [expected: string, received: string] {
  switch (code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return ['a closing quote', 'the end of the file'];
    case 'CSV_INVALID_CLOSING_QUOTE':
      return [
        'a comma or the end of the line after a closing quote',
        'more text (a quote inside quotes is written "")',
      ];
    case 'INVALID_OPENING_QUOTE':
      return ['quotes around the whole field', 'a quote within an unquoted field'];
    case 'CSV_MAX_RECORD_SIZE':
      return ['a record of bounded size', 'one that is too long; a quote may be left open here'];
    default:
      return ['well-formed comma-separated values', code];
  }
}

function unprocessable(name: string, field: string, expected: string, received: string, cause?: unknown): SrvauError {
  return SrvauError.mismatch('UNPROCESSABLE', `${name}: ${field}`, expected, received, { field, cause });
}

function countNewlines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
