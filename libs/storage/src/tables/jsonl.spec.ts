import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { useTempDir } from '../../test/temp-dir';
import { type JsonlFault, type ReadJsonlOptions, readJsonl, writeJsonlAtomic } from './jsonl';

const temp = useTempDir();
const path = (): string => join(temp(), 'rows.jsonl');

async function read(source: string | AsyncIterable<Uint8Array>, options: ReadJsonlOptions<unknown> = {}) {
  const values: unknown[] = [];
  for await (const value of readJsonl(source, options)) values.push(value);
  return values;
}

test('property: values come back, wherever the chunks of the stream are cut', async () => {
  const value = fc.oneof(fc.jsonValue(), fc.string({ unit: 'binary' })).filter((v) => !Object.is(v, -0));
  await fc.assert(
    fc.asyncProperty(fc.array(value, { maxLength: 10 }), fc.integer({ min: 1, max: 9 }), async (values, size) => {
      const plain = JSON.parse(JSON.stringify(values)) as unknown[];
      expect(await writeJsonlAtomic(path(), values)).toBe(values.length);
      expect(await read(path())).toEqual(plain);
      const bytes = await readFile(path());
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
        bytes.subarray(i * size, (i + 1) * size),
      );
      expect(await read(Readable.from(chunks))).toEqual(plain);
    }),
    { numRuns: 100, seed: 6 },
  );
});

test('takes CRLF, blank lines, a byte-order mark and a missing last newline', async () => {
  await writeFile(path(), '\ufeff{"a":1}\r\n\r\n  \n{"a":2}');
  expect(await read(path())).toEqual([{ a: 1 }, { a: 2 }]);
  await writeFile(path(), '');
  expect(await read(path())).toEqual([]);
});

test('parse gets the place of each value, blank lines counted', async () => {
  await writeFile(path(), '1\n\n3\n');
  expect(await read(path(), { parse: (_value, where) => where })).toEqual(['rows.jsonl, line 1', 'rows.jsonl, line 3']);
});

test.each([
  ['bad JSON', Buffer.from('1\n{"a":\n'), 'rows.jsonl, line 2: expected one JSON value, received "{\\"a\\":" (string)'],
  ['two values', Buffer.from('1 2\n'), 'rows.jsonl, line 1: expected one JSON value'],
  ['bad UTF-8', Buffer.from([0x31, 0x0a, 0x22, 0xe4, 0x22]), 'rows.jsonl, line 2: expected UTF-8 text'],
  ['a mark inside the file', Buffer.from('1\n\ufeff2\n'), 'rows.jsonl, line 2: expected one JSON value'],
  [
    'a line too long',
    Buffer.from(`1\n"${'x'.repeat(100)}"\n2`),
    'rows.jsonl, line 2: expected a line of at most 50 bytes',
  ],
])('%s is refused by line', async (_name, bytes, message) => {
  await writeFile(path(), bytes);
  await expect(read(path(), { maxLineBytes: 50 })).rejects.toMatchObject({
    code: 'UNPROCESSABLE',
    message: expect.stringContaining(message),
  });
});

test('an endless line is refused before it is in memory', async () => {
  let chunks = 0;
  const endless = (async function* () {
    for (;;) {
      chunks += 1;
      yield Buffer.alloc(1_000, 'x');
    }
  })();
  await expect(read(endless, { maxLineBytes: 10_000 })).rejects.toMatchObject({ code: 'UNPROCESSABLE' });
  expect(chunks).toBe(11);
});

test('a value without JSON form is refused by line and leaves no file', async () => {
  await expect(writeJsonlAtomic(path(), [1, undefined])).rejects.toThrow('rows.jsonl, line 2: expected a JSON value');
  expect(await readdir(temp())).toEqual([]);
});

test('tells of faults and goes on, where that is asked for', async () => {
  await writeFile(
    path(),
    Buffer.concat([Buffer.from('{"a":1}\n{"a"\n'), Buffer.from([0xff, 0x0a]), Buffer.from('{"a":2}\n{"a":')]),
  );
  const faults: [number, boolean, string][] = [];
  const onFault = ({ line, torn, error }: JsonlFault): number => faults.push([line, torn, error.message]);
  expect(await read(path(), { onFault })).toEqual([{ a: 1 }, { a: 2 }]);
  expect(faults).toEqual([
    [2, false, expect.stringMatching(/^rows\.jsonl, line 2: expected one JSON value/)],
    [3, false, 'rows.jsonl, line 3: expected UTF-8 text, received other bytes'],
    [5, true, expect.stringMatching(/^rows\.jsonl, line 5: expected one JSON value/)],
  ]);
});
