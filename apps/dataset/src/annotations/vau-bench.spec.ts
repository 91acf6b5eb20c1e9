import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { SrvauError } from '@srvau/contracts';
import type { RawAnnotation } from './raw-annotation';
import { readVauBench, VAU_BENCH_COLUMNS } from './vau-bench';

const quirks = join(__dirname, '../../../../tests/fixtures/annotations/quirks.csv');
const HEADER = VAU_BENCH_COLUMNS.join(',');
const ROW = 'a.mp4,Q,o1,o2,o3,o4,A,k,d,r,Fire,1,2';

async function collect(
  source: AsyncIterable<Uint8Array>,
): Promise<{ unknownColumns: string[]; rows: RawAnnotation[] }> {
  const reader = await readVauBench(source, 'rows.csv');
  const rows: RawAnnotation[] = [];
  for await (const row of reader.rows) rows.push(row);
  return { unknownColumns: reader.unknownColumns, rows };
}

async function* from(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

const read = async (text: string): Promise<RawAnnotation[]> => (await collect(from(text))).rows;

describe('readVauBench', () => {
  it('reads rows with the line on which each begins', async () => {
    const { rows } = await collect(createReadStream(quirks));
    expect(rows.map(({ row, line }) => [row, line])).toEqual([
      [1, 2],
      [2, 3],
      [3, 7],
      [4, 8],
      [5, 9],
      [6, 10],
      [7, 11],
      [8, 12],
      [9, 13],
      [10, 14],
    ]);
    expect(rows[0]).toEqual({
      row: 1,
      line: 2,
      id: null,
      video: 'yard_1.mp4',
      question: 'What happens at the gate?',
      options: ['A cart rolls away', 'A dog barks', 'Rain, and then hail', 'Nobody comes'],
      correctOption: 'A',
      keyObject: 'cart',
      description: 'A cart rolls down the slope.',
      reasoning: '### Specific Anomaly Type: Object_falling ### Location: yard',
      anomalyClass: 'Object_falling',
      events: null,
      span: { kind: 'span', spanSec: [2.5, 7] },
      source: null,
      split: null,
    });
    expect(rows[1]?.options?.[1]).toBe('A "closed" sign');
    expect(rows[1]?.keyObject).toBe('van,\nsign');
    // -1 stands for "not annotated" in every text column.
    expect(rows[3]).toMatchObject({ question: null, options: null, correctOption: null, reasoning: null });
    expect(rows[3]?.span).toEqual({ kind: 'none' });
  });

  it('reads the same from a file with byte order mark and CRLF, with columns in another order, and one more', async () => {
    const text = await readFile(quirks, 'utf8');
    const plain = await read(text);
    const crlf = await read(`\ufeff${text.replaceAll('\n', '\r\n')}`);
    const withoutCr = JSON.parse(JSON.stringify(crlf).replaceAll('\\r\\n', '\\n')) as RawAnnotation[];
    expect(withoutCr).toEqual(plain);

    const [a, b] = [HEADER, ROW].map((line) => line.split(',').reverse());
    const reordered = await collect(from(`${a?.join(',')},Fps\r\n${b?.join(',')},25\r\n`));
    expect(reordered.unknownColumns).toEqual(['Fps']);
    expect(reordered.rows).toEqual(await read(`${HEADER}\n${ROW}`));
  });

  it('does not mind letter case and space in column names, nor blank lines', async () => {
    const rows = await read(`\n${HEADER.toUpperCase().replaceAll(',', ' , ')}\n\n${ROW}\n\n\n${ROW}\n`);
    expect(rows.map(({ row, line }) => [row, line])).toEqual([
      [1, 4],
      [2, 7],
    ]);
  });

  it.each([
    ['nothing at all', '', 'header: expected a header line with Video Name, Question'],
    ['a missing column', `${HEADER.replace('Start Time,', '')}\n`, 'missing column "Start Time"; expected the columns'],
    ['several missing', 'Video Name,Question\n', 'missing columns "Option 1", "Option 2"'],
    ['another delimiter', `${HEADER.replaceAll(',', ';')}\n`, 'missing columns "Video Name"'],
    ['a column there twice', `${HEADER},Question\n`, 'column "Question": expected each column once'],
    ['JSON', '{"video":"a.mp4"}\n', 'received JSON'],
    ['too few fields', `${HEADER}\n${ROW}\na.mp4,Q\n`, 'row 2 (line 3): expected 13 fields, received 2'],
    ['too many fields', `${HEADER}\n${ROW},x\n`, 'row 1 (line 2): expected 13 fields, received 14'],
    ['a quote within a field', `${HEADER}\na"b.mp4,Q\n`, 'row 1 (line 2), field 1: expected quotes around the whole'],
    ['text after a closing quote', `${HEADER}\n${ROW}\n"a"b.mp4,Q\n`, 'row 2 (line 3), field 1: expected a comma'],
    ['a quote left open', `${HEADER}\n${ROW}\na.mp4,"Q\n${ROW}\n`, 'row 2 (line 3), field 2: expected a closing quote'],
    [
      'a quote open for a megabyte',
      `${HEADER}\n"${'x\n'.repeat(600_000)}`,
      'row 1 (line 2), field 1: expected a record of',
    ],
    ['text that is not a table', 'These are notes.\nNot rows.\n', 'missing columns'],
  ])('refuses %s', async (_what, text, message) => {
    const failure = expect(read(text)).rejects;
    await failure.toThrow(message);
    await failure.toThrow('rows.csv');
    await failure.toMatchObject({ code: 'UNPROCESSABLE' });
  });

  it('throws nothing but SrvauError, whatever stands in the file', async () => {
    const piece = fc.constantFrom('"', '""', ',', '\n', '\r\n', '\r', 'a', ROW, HEADER, `${HEADER}\n`, '-1', '\ufeff');
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 40 }), fc.boolean(), async (pieces, withHeader) => {
        const text = `${withHeader ? `${HEADER}\n` : ''}${pieces.join('')}`;
        await read(text).catch((error: unknown) => expect(error).toBeInstanceOf(SrvauError));
      }),
      { numRuns: 300 },
    );
  });

  it('reads back every text that is quoted by the rules', async () => {
    const field = fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', 'a', ' ', 'ü', '😀'), maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(fc.array(field, { minLength: 1, maxLength: 10 }), async (descriptions) => {
        const rows = descriptions.map((text) => `a.mp4,Q,1,2,3,4,A,k,"${text.replaceAll('"', '""')}",r,Fire,1,2`);
        const found = await read(`${HEADER}\n${rows.join('\n')}\n`);
        expect(found.map((row) => row.description)).toEqual(descriptions.map((text) => text.trim() || null));
        const lengths = rows.map((row) => row.split('\n').length);
        expect(found.map((row) => row.line)).toEqual(
          lengths.map((_, i) => 2 + lengths.slice(0, i).reduce((a, b) => a + b, 0)),
        );
      }),
      { numRuns: 100 },
    );
  });
});
