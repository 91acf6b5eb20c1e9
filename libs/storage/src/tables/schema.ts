import type { SchemaElement } from 'hyparquet';
import { SrvauError, describe } from '@srvau/contracts';

/** Values of each column type as they are in rows. */
interface CellTypes {
  /** Well-formed Unicode; lone surrogates have no UTF-8 and are refused. */
  string: string;
  /** Integer of −2³¹ … 2³¹−1. */
  int32: number;
  /** Integer of −(2⁵³−1) … 2⁵³−1: 64 bits on disk, but only what a number holds exactly. */
  int64: number;
  /** Any number, NaN and infinities included. */
  double: number;
  boolean: boolean;
  /** Any JSON value but null, which stands for a missing cell. Kept exactly as JSON.stringify writes it. */
  json: unknown;
}

export type CellType = keyof CellTypes;

/** Column name → type, in the order of the file; a final `?` lets the column hold nulls: `{ id: 'string', endSec: 'double?' }`. */
export type TableSchema = Readonly<Record<string, CellType | `${CellType}?`>>;

type Cell<T extends string> = T extends `${infer B extends CellType}?`
  ? CellTypes[B] | null
  : T extends CellType
    ? CellTypes[T]
    : never;

/** A row of a table with this schema. */
export type RowOf<S extends TableSchema> = { -readonly [K in keyof S]: Cell<S[K]> };

export interface ColumnSpec {
  name: string;
  type: CellType;
  nullable: boolean;
}

export function columnsOf(schema: TableSchema): ColumnSpec[] {
  return Object.entries(schema).map(([name, declared]) => {
    const nullable = declared.endsWith('?');
    return { name, nullable, type: (nullable ? declared.slice(0, -1) : declared) as CellType };
  });
}

const PHYSICAL: Readonly<Record<CellType, Omit<SchemaElement, 'name'>>> = {
  string: { type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } },
  int32: { type: 'INT32' },
  int64: { type: 'INT64' },
  double: { type: 'DOUBLE' },
  boolean: { type: 'BOOLEAN' },
  // Only the logical type: with the older converted type the library would encode the values itself, not as given.
  json: { type: 'BYTE_ARRAY', logical_type: { type: 'JSON' } },
};

/** The file's schema: a root and one leaf a column. */
export function parquetSchemaOf(columns: readonly ColumnSpec[]): SchemaElement[] {
  const leaves = columns.map(({ name, type, nullable }): SchemaElement => ({
    name,
    ...PHYSICAL[type],
    repetition_type: nullable ? 'OPTIONAL' : 'REQUIRED',
  }));
  return [{ name: 'root', num_children: leaves.length }, ...leaves];
}

/** The column type of a leaf in a file, or null for a type that this module does not read. */
export function cellTypeOf(element: SchemaElement): CellType | null {
  const logical = element.logical_type?.type ?? element.converted_type;
  if (element.repetition_type === 'REPEATED' || element.num_children !== undefined) return null;
  if (element.type === 'BYTE_ARRAY') {
    if (logical === 'STRING' || logical === 'UTF8' || logical === 'ENUM') return 'string';
    return logical === 'JSON' ? 'json' : null;
  }
  if (element.type === 'BOOLEAN') return 'boolean';
  if (element.type === 'DOUBLE' || element.type === 'FLOAT') return 'double';
  if (element.type === 'INT32' && (logical === undefined || logical === 'INTEGER')) return 'int32';
  if (element.type === 'INT64' && (logical === undefined || logical === 'INTEGER')) return 'int64';
  return null;
}

const INT32_MAX = 2 ** 31 - 1;
const LONE_SURROGATE = /\p{Surrogate}/u;

const EXPECTED: Readonly<Record<CellType, string>> = {
  string: 'a string of well-formed Unicode',
  int32: 'an integer of 32 bits',
  int64: 'an integer that a number holds exactly',
  double: 'a number',
  boolean: 'true or false',
  json: 'a JSON value',
};

/** A cell in the form that the Parquet writer takes; undefined when it does not fit the type. */
function encode(type: CellType, value: unknown): unknown {
  switch (type) {
    case 'string':
      return typeof value === 'string' && !LONE_SURROGATE.test(value) ? value : undefined;
    case 'int32':
      return Number.isInteger(value) && Math.abs(value as number) <= INT32_MAX + 1 && value !== INT32_MAX + 1
        ? value
        : undefined;
    case 'int64':
      return Number.isSafeInteger(value) ? BigInt(value as number) : undefined;
    case 'double':
      return typeof value === 'number' ? value : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'json': {
      const text = JSON.stringify(value) as string | undefined;
      return text === undefined ? undefined : Buffer.from(text);
    }
  }
}

/**
 * Checks and encodes one row into `cells`, one array a column.
 * @param where names the row in messages, e.g. `rows.parquet, row 12`.
 * @throws SrvauError UNPROCESSABLE
 */
export function encodeRow(
  columns: readonly ColumnSpec[],
  row: Readonly<Record<string, unknown>>,
  cells: unknown[][],
  where: string,
): void {
  columns.forEach(({ name, type, nullable }, index) => {
    const value = row[name];
    if (value === null || value === undefined) {
      if (!nullable) throw badCell(where, name, EXPECTED[type], value);
      cells[index]?.push(null);
      return;
    }
    const encoded = encode(type, value);
    if (encoded === undefined) throw badCell(where, name, EXPECTED[type], value);
    cells[index]?.push(encoded);
  });
  for (const name of Object.keys(row)) {
    if (!columns.some((column) => column.name === name)) throw badCell(where, name, 'no such column', row[name]);
  }
}

/** A cell as the Parquet reader gives it, in the form of the row. */
export function decodeCell(type: CellType, value: unknown, where: string, column: string): unknown {
  if (value === null || value === undefined) return null;
  switch (type) {
    case 'int64': {
      const number = Number(value);
      if (!Number.isSafeInteger(number)) throw badCell(where, column, EXPECTED.int64, value);
      return number;
    }
    case 'json':
      try {
        return JSON.parse(String(value));
      } catch {
        throw badCell(where, column, EXPECTED.json, value);
      }
    default:
      return value;
  }
}

function badCell(where: string, column: string, expected: string, value: unknown): SrvauError {
  const received = describe(value);
  const field = `${where}, column ${JSON.stringify(column)}`;
  return SrvauError.mismatch('UNPROCESSABLE', field, expected, received);
}
