import { open, type FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { SrvauError, describe } from '@srvau/contracts';
import {
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  type SchemaElement,
} from 'hyparquet';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { throwIfAborted } from '../abort';
import { writeAtomicWith } from '../atomic/atomic-file';
import {
  type CellType,
  type ColumnSpec,
  type RowOf,
  type TableSchema,
  cellTypeOf,
  columnsOf,
  decodeCell,
  encodeRow,
  parquetSchemaOf,
} from './schema';

export interface WriteParquetOptions {
  /** Rows of a row group, the piece that is in memory at a time. Default 10,000. */
  rowGroupRows?: number;
  /** Texts written into the file's footer, e.g. a schema version. */
  metadata?: Readonly<Record<string, string>>;
  signal?: AbortSignal;
}

export interface ReadParquetOptions<S extends TableSchema> {
  /** Columns and types to expect; the rows are then typed. A missing column or another type is refused. */
  schema?: S;
  /** Columns to read when there is no schema; default all. */
  columns?: readonly string[];
}

/**
 * Writes a table as Parquet (Snappy), atomically and row group by row group: a table larger than memory can come from
 * an async iterable. Equal rows give equal bytes.
 *
 * @returns the number of rows.
 * @throws SrvauError UNPROCESSABLE naming row (from 1) and column when a value does not fit; then no file is left.
 */
export async function writeParquet<S extends TableSchema>(
  path: string,
  rows: Iterable<RowOf<S>> | AsyncIterable<RowOf<S>>,
  schema: S,
  options: WriteParquetOptions = {},
): Promise<number> {
  const { rowGroupRows = 10_000, metadata = {}, signal } = options;
  const columns = columnsOf(schema);
  return writeAtomicWith(path, async (temporary) => {
    const handle = await open(temporary, 'wx');
    try {
      const writer = new ParquetWriter({
        writer: new HandleWriter(handle),
        schema: parquetSchemaOf(columns),
        kvMetadata: Object.entries(metadata).map(([key, value]) => ({ key, value })),
        createdBy: 'srvau',
      });
      let cells: unknown[][] = columns.map(() => []);
      let count = 0;
      for await (const row of rows) {
        throwIfAborted(signal);
        count += 1;
        encodeRow(columns, row, cells, `${basename(path)}, row ${count}`);
        if (count % rowGroupRows !== 0) continue;
        await writeGroup(writer, columns, cells);
        cells = columns.map(() => []);
      }
      if ((cells[0]?.length ?? 0) > 0) await writeGroup(writer, columns, cells);
      await writer.finish();
      return count;
    } finally {
      await handle.close();
    }
  });
}

/** The whole table as rows; an absent cell is null. See `scanParquet` for tables that do not fit in memory. */
export async function readParquet<S extends TableSchema = TableSchema>(
  path: string,
  options: ReadParquetOptions<S> = {},
): Promise<RowOf<S>[]> {
  const rows: RowOf<S>[] = [];
  for await (const row of scanParquet(path, options)) rows.push(row);
  return rows;
}

/**
 * The rows of a table, one row group in memory at a time.
 * @throws SrvauError UNPROCESSABLE when the file is no Parquet, is damaged, or does not have the columns asked for;
 * a system error (ENOENT …) when it cannot be opened.
 */
export async function* scanParquet<S extends TableSchema = TableSchema>(
  path: string,
  options: ReadParquetOptions<S> = {},
): AsyncGenerator<RowOf<S>> {
  const name = basename(path);
  const file = await asyncBufferFromFile(path);
  const metadata = await readable(name, () => parquetMetadataAsync(file));
  const wanted = columnsToRead(name, metadata, options);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    const columns = wanted.map((column) => column.name);
    const raw = await readable(name, () => parquetReadObjects({ file, metadata, columns, rowStart, rowEnd, parsers }));
    for (const [index, row] of raw.entries()) {
      const where = `${name}, row ${rowStart + index + 1}`;
      const cells = wanted.map((column) => [
        column.name,
        decodeCell(column.type, row[column.name], where, column.name),
      ]);
      yield Object.fromEntries(cells) as RowOf<S>;
    }
    rowStart = rowEnd;
  }
}

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true });

const decodeText = (bytes: Uint8Array | undefined): string | undefined => bytes && utf8.decode(bytes);

/**
 * The library's own decoder would drop a U+FEFF at the start of a cell and let bad UTF-8 pass. JSON stays text here,
 * whichever way its column is marked; `decodeCell` parses it.
 */
const parsers = { stringFromBytes: decodeText, jsonFromBytes: decodeText };

/** Collects a row group in memory and hands it to the file between row groups. */
class HandleWriter extends ByteWriter {
  constructor(private readonly handle: FileHandle) {
    super();
  }

  async flush(): Promise<void> {
    await this.handle.writeFile(this.getBytes());
    this.index = 0;
  }

  override finish(): Promise<void> {
    return this.flush();
  }
}

async function writeGroup(writer: ParquetWriter, columns: readonly ColumnSpec[], cells: unknown[][]): Promise<void> {
  const columnData = columns.map(({ name }, index) => ({ name, data: cells[index] ?? [] }));
  await writer.write({ columnData, rowGroupSize: cells[0]?.length ?? 0 });
}

function columnsToRead(name: string, metadata: FileMetaData, options: ReadParquetOptions<TableSchema>): ColumnSpec[] {
  const found = new Map(topLevel(metadata.schema).map((element) => [element.name, element]));
  const names = options.schema === undefined ? (options.columns ?? [...found.keys()]) : Object.keys(options.schema);
  const specs = new Map(columnsOf(options.schema ?? {}).map((spec) => [spec.name, spec]));
  return names.map((column) => {
    const leaf = found.get(column);
    if (leaf === undefined) {
      const have = [...found.keys()].join(', ');
      throw bad(name, `a column ${JSON.stringify(column)}`, `the columns ${have}`);
    }
    const type = cellTypeOf(leaf);
    const spec = specs.get(column);
    if (type === null || (spec !== undefined && !reads(spec.type, type))) {
      throw bad(
        name,
        `column ${JSON.stringify(column)} of type ${spec?.type ?? 'string, number or boolean'}`,
        typeName(leaf),
      );
    }
    if (spec !== undefined && !spec.nullable && leaf.repetition_type === 'OPTIONAL') {
      throw bad(name, `column ${JSON.stringify(column)} without nulls`, 'one that allows them');
    }
    return { name: column, type: spec?.type ?? type, nullable: leaf.repetition_type !== 'REQUIRED' };
  });
}

/** The schema is a tree written depth first; these are the children of its root. */
function topLevel(elements: readonly SchemaElement[]): SchemaElement[] {
  const found: SchemaElement[] = [];
  let nested = 0;
  for (const element of elements.slice(1)) {
    if (nested === 0) found.push(element);
    else nested -= 1;
    nested += element.num_children ?? 0;
  }
  return found;
}

/** A wider type may be read where a narrower one is stored. */
const reads = (wanted: CellType, stored: CellType): boolean =>
  wanted === stored || (stored === 'int32' && (wanted === 'int64' || wanted === 'double'));

const typeName = (leaf: SchemaElement): string =>
  [leaf.type ?? 'a group', leaf.logical_type?.type ?? leaf.converted_type]
    .filter((part) => part !== undefined)
    .join('/');

/** The reader throws plain errors of many kinds on bytes that are not Parquet. */
async function readable<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw bad(name, 'a whole Parquet file', cause instanceof Error ? describe(cause.message) : describe(cause), cause);
  }
}

function bad(file: string, expected: string, received: string, cause?: unknown): SrvauError {
  return SrvauError.mismatch('UNPROCESSABLE', file, expected, received, { cause });
}
