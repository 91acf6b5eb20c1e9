import { appendFile, type FileHandle, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { killChildren, seeded, startChild } from '../../test/processes';
import { useTempDir } from '../../test/temp-dir';
import { JsonlLog } from './jsonl-log';

const temp = useTempDir();
afterEach(killChildren);
const linesOf = async (path: string): Promise<unknown[]> =>
  (await readFile(path, 'utf8'))
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as unknown);

test.each([true, false, 'together'] as const)(
  'appends in the order of the calls, also without waiting (%s)',
  async (durable) => {
    const path = join(temp(), 'log.jsonl');
    const log = await JsonlLog.open(path, { durable });
    await Promise.all([1, 2, 3].map((n) => log.append({ n })));
    await log.sync();
    await log.close();
    expect(await linesOf(path)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  },
);

test.each([
  ['an empty file', '', '', 0],
  ['a clean end', '{"a":1}\n', '{"a":1}\n', 0],
  ['a torn line', '{"a":1}\n{"b', '{"a":1}\n', 3],
  ['nothing but a torn line', '{"a":1}', '', 7],
  ['a torn line longer than the scan window', `{"a":1}\n${'x'.repeat(200_000)}`, '{"a":1}\n', 200_000],
])('opening recovers %s', async (_name, before, after, recovered) => {
  const path = join(temp(), 'log.jsonl');
  await writeFile(path, before);
  const log = await JsonlLog.open(path);
  expect(log.recoveredBytes).toBe(recovered);
  await log.append('next');
  await log.close();
  expect(await readFile(path, 'utf8')).toBe(`${after}"next"\n`);
});

test('lines appended together share a sync, and closing waits for it', async () => {
  const log = await JsonlLog.open(join(temp(), 'log.jsonl'), { durable: 'together' });
  const { handle } = log as unknown as { handle: FileHandle };
  const sync = handle.datasync.bind(handle);
  let release: () => void = () => undefined;
  const written = new Promise<void>((resolve) => (release = resolve));
  // The first sync takes as long as all lines take to be written: how fast the disk is makes no difference.
  const datasync = jest.spyOn(handle, 'datasync').mockImplementationOnce(async () => {
    await written;
    await sync();
  });
  const appended = Promise.all(Array.from({ length: 50 }, (_, i) => log.append({ i })));
  while ((await readFile(log.path, 'utf8')).split('\n').length <= 50) await nextTurn();
  release();
  await appended;
  // The held one, one for all that waited, and one for the last line, which may have come just after.
  expect(datasync.mock.calls.length).toBeLessThanOrEqual(3);
  const late = log.append('late');
  await log.close();
  await late;
  expect(await linesOf(log.path)).toHaveLength(51);
});

test('a value without JSON form is refused and the log goes on', async () => {
  const path = join(temp(), 'log.jsonl');
  const log = await JsonlLog.open(path);
  await expect(log.append(undefined)).rejects.toThrow('expected a JSON value');
  await log.append(1);
  await log.close();
  expect(await linesOf(path)).toEqual([1]);
});

test('after kill −9 every line whose append resolved is there, once and in order', async () => {
  const path = join(temp(), 'log.jsonl');
  const random = seeded(3);
  let next = 0;
  for (let round = 0; round < 3; round += 1) {
    const child = startChild('appendLines', path, String(next));
    await child.lines(1);
    await sleep(random() * 40);
    const acknowledged = Number((await child.kill()).at(-1));
    await appendFile(path, '{"torn":');
    await (await JsonlLog.open(path)).close();
    const numbers = (await linesOf(path)).map((line) => (line as { i: number }).i);
    expect(numbers).toEqual(numbers.map((_, i) => i));
    expect(numbers.length).toBeGreaterThan(acknowledged);
    next = numbers.length;
  }
});
