import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { useTempDir } from '../../test/temp-dir';
import { readParquet, scanParquet, writeParquet } from './parquet';
import type { RowOf } from './schema';

const temp = useTempDir();
const path = (): string => join(temp(), 'table.parquet');

const schema = {
  text: 'string',
  note: 'string?',
  count: 'int32',
  bytes: 'int64?',
  score: 'double?',
  normal: 'boolean?',
  extra: 'json?',
} as const;
type Row = RowOf<typeof schema>;

const rows: Row[] = [
  { text: '', note: null, count: 0, bytes: null, score: null, normal: null, extra: null },
  {
    text: '\ufeffÜberfall 😀 e\u0301',
    note: 'a\0b\r\n',
    count: -(2 ** 31),
    bytes: Number.MAX_SAFE_INTEGER,
    score: NaN,
    normal: true,
    extra: { options: ['A', null], lone: '\ud800', minusZero: 1 },
  },
  {
    text: 'x'.repeat(100_000),
    note: '',
    count: 2 ** 31 - 1,
    bytes: -1,
    score: -Infinity,
    normal: false,
    extra: '"quoted"',
  },
  { text: 'x', note: null, count: 1, bytes: 0, score: -0, normal: null, extra: [] },
];

test('every type comes back as it was, nulls and awkward text included', async () => {
  expect(await writeParquet(path(), rows, schema)).toBe(4);
  expect(await readParquet(path(), { schema })).toEqual(rows);
  expect(await readParquet(path())).toEqual(rows);
  expect(await readParquet(path(), { columns: ['count', 'extra'] })).toEqual(
    rows.map(({ count, extra }) => ({ count, extra })),
  );
});

test('property: any rows come back, whatever the size of a row group', async () => {
  const text = fc.string({ unit: 'grapheme' });
  const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
  const row: fc.Arbitrary<Row> = fc.record({
    text,
    note: optional(text),
    count: fc.integer(),
    bytes: optional(fc.maxSafeInteger()),
    score: optional(fc.double()),
    normal: optional(fc.boolean()),
    extra: optional(fc.jsonValue().filter((value) => value !== null && !JSON.stringify(value).includes('-0'))),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 20 }), fc.integer({ min: 1, max: 7 }), async (some, rowGroupRows) => {
      await writeParquet(path(), some, schema, { rowGroupRows });
      expect(await readParquet(path(), { schema })).toEqual(some);
    }),
    { numRuns: 60, seed: 5 },
  );
});

test('an empty table keeps its columns', async () => {
  expect(await writeParquet(path(), [], schema)).toBe(0);
  expect(await readParquet(path(), { schema })).toEqual([]);
});

test('a long table is written and read row group by row group', async () => {
  const many = async function* () {
    for (let n = 0; n < 25_000; n += 1) yield { n, name: `row ${n}` };
  };
  await writeParquet(path(), many(), { n: 'int32', name: 'string' }, { rowGroupRows: 4_000 });
  let expected = 0;
  for await (const row of scanParquet(path(), { schema: { n: 'int32' } })) expect(row).toEqual({ n: expected++ });
  expect(expected).toBe(25_000);
});

test('equal rows give equal bytes', async () => {
  await writeParquet(path(), rows, schema, { metadata: { schemaVersion: '1' } });
  await writeParquet(join(temp(), 'again'), rows, schema, { metadata: { schemaVersion: '1' } });
  expect((await readFile(path())).equals(await readFile(join(temp(), 'again')))).toBe(true);
});

const good = rows[0] as Row;

test.each<[string, Record<string, unknown>, string]>([
  ['a missing cell', { text: undefined }, 'column "text": expected a string of well-formed Unicode, received nothing'],
  ['a null where none may be', { count: null }, 'column "count": expected an integer of 32 bits, received null'],
  ['another type', { text: 5 }, 'column "text": expected a string of well-formed Unicode, received 5 (number)'],
  ['a lone surrogate', { text: 'a\udc00' }, 'column "text": expected a string of well-formed Unicode'],
  ['a fraction', { count: 1.5 }, 'column "count": expected an integer of 32 bits, received 1.5 (number)'],
  ['more than 32 bits', { count: 2 ** 31 }, 'column "count": expected an integer of 32 bits'],
  ['more than a number holds', { bytes: 2 ** 53 }, 'column "bytes": expected an integer that a number holds exactly'],
  ['a number as text', { score: '1' }, 'column "score": expected a number, received "1" (string)'],
  ['no boolean', { normal: 0 }, 'column "normal": expected true or false, received 0 (number)'],
  ['no JSON', { extra: () => 0 }, 'column "extra": expected a JSON value'],
  ['an unknown column', { other: 1 }, 'column "other": expected no such column, received 1 (number)'],
])('refuses %s, naming row and column, and leaves no file', async (_name, change, message) => {
  await expect(writeParquet(path(), [good, { ...good, ...change }], schema)).rejects.toMatchObject({
    code: 'UNPROCESSABLE',
    message: expect.stringContaining(`table.parquet, row 2, ${message}`),
  });
  expect(await readdir(temp())).toEqual([]);
});

test('refuses columns that are not there or of another type', async () => {
  await writeParquet(path(), rows, schema);
  await expect(readParquet(path(), { columns: ['nope'] })).rejects.toMatchObject({
    code: 'UNPROCESSABLE',
    message: expect.stringContaining('expected a column "nope", received the columns text, note'),
  });
  await expect(readParquet(path(), { schema: { text: 'int32' } })).rejects.toMatchObject({
    message: expect.stringContaining('expected column "text" of type int32, received BYTE_ARRAY/'),
  });
  await expect(readParquet(path(), { schema: { note: 'string' } })).rejects.toMatchObject({
    message: expect.stringContaining('expected column "note" without nulls'),
  });
  expect((await readParquet(path(), { schema: { count: 'double' } })).map((row) => row.count)).toEqual(
    rows.map((row) => row.count),
  );
});

test.each([
  ['an empty file', () => Buffer.alloc(0)],
  ['text', () => Buffer.from('video,question\n'.repeat(100))],
  ['a file cut short', (whole: Buffer) => whole.subarray(0, whole.length - 40)],
  ['a file whose middle is overwritten', (whole: Buffer) => Buffer.from(whole).fill(0xff, 10, 3_000)],
])('%s is no Parquet', async (_name, damage) => {
  await writeParquet(path(), rows, schema);
  await writeFile(path(), damage(await readFile(path())));
  await expect(readParquet(path())).rejects.toMatchObject({
    code: 'UNPROCESSABLE',
    message: expect.stringContaining('table.parquet: expected a whole Parquet file'),
  });
});

test('a file that is not there is a system error', async () => {
  await expect(readParquet(path())).rejects.toMatchObject({ code: 'ENOENT' });
});
