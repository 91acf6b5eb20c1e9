import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readJsonArgument } from './json';

const { signal } = new AbortController();
let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'srvau-json-'))));
afterEach(() => rmSync(dir, { recursive: true }));

const read = (typed: string): Promise<unknown> => readJsonArgument(typed, '--it', dir, signal);

it('takes JSON as it is, or a file of it', async () => {
  writeFileSync(join(dir, 'a.json'), '\ufeff"text"');
  expect(await read(' {"a": [1]}')).toEqual({ a: [1] });
  expect(await read('[2]')).toEqual([2]);
  expect(await read('a.json')).toBe('text');
});

it('names what is wrong: the argument, or the file', async () => {
  writeFileSync(join(dir, 'b.json'), '{"a":');
  await expect(read('{"a":')).rejects.toThrow(/^--it: expected JSON, received /);
  await expect(read('b.json')).rejects.toThrow(`${join(dir, 'b.json')}: expected JSON, received `);
  await expect(read('gone.json')).rejects.toMatchObject({ code: 'NOT_FOUND' });
});
