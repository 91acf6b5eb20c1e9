import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Answers } from './answers';

const answer = (completion: string) => {
  return { completion, finishReason: 'stop' as const, promptTokens: 3, completionTokens: null };
};
const missing = { missing: 'filtered', detail: 'held back' };

let dir: string;
let work: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'srvau-answers-'));
  work = join(dir, 'work');
});
afterEach(() => rm(dir, { recursive: true }));

async function write(key: string, ...lines: Parameters<Answers['add']>[0][]): Promise<void> {
  await using answers = await Answers.open(work, key);
  for (const line of lines) await answers.add(line);
}

it('keeps what was answered, and goes on behind it', async () => {
  expect(await Answers.claimed(work)).toBeNull();
  await write(
    'one',
    [['a', answer('A')]],
    [],
    [
      ['b', missing],
      ['c', answer('C')],
    ],
  );
  expect(await Answers.claimed(work)).toBe('one');
  await using answers = await Answers.open(work, 'one');
  await answers.add([['d', answer('D')]]);
  expect(['a', 'b', 'c', 'd', 'e'].map((key) => answers.get(key))).toEqual([
    ...[answer('A'), missing, answer('C'), answer('D'), undefined],
  ]);
});

it('loses a line that was cut off as a whole, and no other', async () => {
  await write('one', [['a', answer('A')]]);
  await appendFile(join(work, 'answers.jsonl'), '[["b",{"completion":"B"');
  await write('one', [['c', answer('C')]]);
  await using answers = await Answers.open(work, 'one');
  expect(['a', 'b', 'c'].map((key) => answers.get(key) !== undefined)).toEqual([true, false, true]);
});

it('drops what was answered to something else', async () => {
  await write('one', [['a', answer('A')]]);
  await using answers = await Answers.open(work, 'two');
  expect(answers.get('a')).toBeUndefined();
  expect(await readFile(join(work, 'answers.jsonl'), 'utf8')).toBe('');
});

it.each(['{}', '[["a"]]', '[[1,{"completion":""}]]', '[["a",{"answer":"A"}]]', '[["a",null]]', '7'])(
  'refuses the line %s, naming it',
  async (line) => {
    await write('one', [['a', answer('A')]]);
    await writeFile(join(work, 'answers.jsonl'), `[["a",{"completion":"A"}]]\n${line}\n`);
    await expect(Answers.open(work, 'one')).rejects.toMatchObject({ code: 'UNPROCESSABLE' });
    await expect(Answers.open(work, 'one')).rejects.toThrow(/answers\.jsonl.* 2/);
  },
);
