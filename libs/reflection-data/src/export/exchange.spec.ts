import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REFLECT_FILES, type ReflectRecord, SrvauError } from '@srvau/contracts';
import { type AnswerParts, renderTranscript } from '@srvau/reasoning';
import fc from 'fast-check';
import { inputs, qaRecord, tagRecord } from '../../test/records';
import { readReflectRecords } from '../disk/read';
import { writeReflectDataset } from '../disk/write';
import { importDataset } from '../import/import-dataset';
import { exportDataset } from './export-dataset';
import { EXPORT_FORMATS } from './formats';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'srvau-exchange-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const at = (...names: string[]): string => join(dir, ...names);

async function dataset(records: readonly ReflectRecord[], name = 'd'): Promise<string> {
  await mkdir(at(name));
  const sorted = [...records].sort((a, b) => (a.id < b.id ? -1 : 1));
  await writeReflectDataset(at(name), { writtenBy: 's', inputs, stoppedBy: null, records: sorted, rejects: [] });
  return at(name);
}

async function recordsOf(path: string): Promise<ReflectRecord[]> {
  const records: ReflectRecord[] = [];
  for await (const record of readReflectRecords(path)) records.push(record);
  return records;
}

const linesOf = async (path: string): Promise<Record<string, unknown>[]> =>
  (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const refused = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'expected a refusal',
    (error: Error) => error.message,
  );

const back = { writtenBy: 's' };
// Splits go by number: 0 and 3 train, 1 val.
const records = [
  qaRecord(0),
  qaRecord(0, { sample: 1 }),
  tagRecord(0, { videoUri: 's3://cctv/clips/0.mp4' }),
  qaRecord(1, { videoUri: 'file:///v/%C3%A4%20b.mp4' }),
  tagRecord(3, { truth: { normal: true }, transcript: tagRecord().transcript.replaceAll('Anomaly', 'Normal') }),
];

describe('exportDataset', () => {
  it('for TRL: prompt and completion, and questions with what is right in columns', async () => {
    const card = await exportDataset(await dataset(records), at('out'), { format: 'trl', videos: '/clips' });
    expect(card.files).toEqual({
      ...{ 'grpo/train.jsonl': 3, 'grpo/val.jsonl': 1, 'sft/train.jsonl': 4, 'sft/val.jsonl': 1 },
    });
    expect(Object.keys(card.prompts)).toEqual([
      ...['reflection-rft/qa', 'reflection-rft/tag', 'reflection-sft/qa', 'reflection-sft/tag'],
    ]);
    const [sft] = await linesOf(at('out', 'sft', 'train.jsonl'));
    expect(sft).toMatchObject({
      prompt: [
        { role: 'system', content: expect.stringContaining('self-reflection') as string },
        { role: 'user', content: expect.stringContaining('Question: What happens?\n\nOptions:\nA. a hug') as string },
      ],
      completion: [{ role: 'assistant', content: records[0]?.transcript }],
      videos: ['/clips/clip-000000.mp4'],
      id: 'clip-000000.mp4:qa:0',
    });
    const grpo = await linesOf(at('out', 'grpo', 'train.jsonl'));
    expect(grpo.map(({ id }) => id)).toEqual([...['clip-000000.mp4:qa', 'clip-000000.mp4:tag', 'clip-000003.mp4:tag']]);
    expect(grpo[1]).toMatchObject({
      ...{
        task: 'tag',
        truth_label: null,
        truth_normal: false,
        truth_start_sec: 4,
        truth_end_sec: 8,
        duration_sec: 12.5,
      },
      ...{ videos: ['s3://cctv/clips/0.mp4'], solution: '<answer>Anomaly</answer>' },
    });
    expect(grpo[1]).not.toHaveProperty('completion');
    const [val] = await linesOf(at('out', 'sft', 'val.jsonl'));
    expect(val?.['videos']).toEqual(['/v/ä b.mp4']);
  });

  it.each(['ms-swift', 'llama-factory'] as const)('for %s: turns with one place for the one video', async (format) => {
    await exportDataset(await dataset(records), at('out'), { format });
    const file = format === 'ms-swift' ? at('out', 'sft', 'train.jsonl') : at('out', 'train.jsonl');
    for (const row of await linesOf(file)) {
      const turns = row['messages'] as { role: string; content: string }[];
      expect(turns.map(({ role }) => role)).toEqual(['system', 'user', 'assistant']);
      expect(turns[1]?.content.startsWith('<video>')).toBe(true);
      expect(JSON.stringify(turns).match(/<(video|image|audio)>/g)).toEqual(['<video>']);
      expect(row['videos']).toHaveLength(1);
    }
  });

  it('describes its files to LLaMA-Factory', async () => {
    await exportDataset(await dataset(records), at('out'), { format: 'llama-factory' });
    const info = JSON.parse(await readFile(at('out', 'dataset_info.json'), 'utf8')) as object;
    expect(Object.keys(info)).toEqual(['srvau_reflect_train', 'srvau_reflect_val']);
    expect(info).toMatchObject({
      srvau_reflect_train: {
        file_name: 'train.jsonl',
        formatting: 'sharegpt',
        columns: { messages: 'messages', videos: 'videos' },
        tags: { role_tag: 'role', content_tag: 'content', system_tag: 'system' },
      },
    });
    expect((await readdir(at('out'))).sort()).toEqual([
      ...['dataset_info.json', 'srvau-export.json', 'train.jsonl', 'val.jsonl'],
    ]);
  });

  it('gives frames instead of the video to TRL, whose trainers take none', async () => {
    const framesOf = async ({ videoKey }: ReflectRecord): Promise<string[]> => [`/f/${videoKey}/000000.jpg`];
    await exportDataset(await dataset(records), at('out'), { format: 'trl', framesOf, withoutParts: true });
    const [row] = await linesOf(at('out', 'sft', 'train.jsonl'));
    expect(Object.keys(row ?? {})).toEqual(['prompt', 'completion', 'images', 'id']);
    expect(row?.['images']).toEqual(['/f/key0/000000.jpg']);
  });

  it('leaves nothing behind when it fails, and does not write over what is there', async () => {
    const from = await dataset(records);
    const file = join(from, REFLECT_FILES.recordsJsonl);
    await writeFile(file, `${await readFile(file, 'utf8')}{`);
    expect(await refused(exportDataset(from, at('out'), { format: 'trl' }))).toMatch(/records.jsonl, line 6/);
    expect(await readdir(dir)).toEqual(['d']);
    expect(await refused(exportDataset(from, from, { format: 'trl' }))).toMatch(
      /new or empty directory, received one with dataset.json/,
    );
  });
});

const text = fc
  .oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom('<video>', 'see <image> and <video>', 'A. one\nB. two', '[video]', '\u2028"'),
  )
  .map((inner) => inner.replace(/<\/?(?:think|answer|reflection|reflect|glue)>/g, ''));
const seen = text.map((inner) => `x ${inner.trim()}`.trim());

const record = fc
  .record({
    n: fc.nat(20),
    sample: fc.nat(12),
    qa: fc.boolean(),
    think: seen,
    reflection: seen,
    revised: seen,
    question: seen,
  })
  .map(({ n, sample, qa, think, reflection, revised, question }) => {
    const answer: AnswerParts = qa ? { option: 'C' } : { verdict: 'anomaly', span: { startSec: 1.25, endSec: 9 } };
    const transcript = renderTranscript(
      { grammar: 'reflective', initial: { think, answer }, reflection, revision: { think: revised, answer } },
      qa ? 'qa' : 'tag',
    );
    return qa ? qaRecord(n, { sample, transcript, question }) : tagRecord(n, { sample, transcript });
  });

describe('importDataset', () => {
  it.each([...EXPORT_FORMATS, 'srvau' as const])('gives back every record that was exported for %s', async (format) => {
    let run = 0;
    const unique = fc.uniqueArray(record, { selector: ({ id }) => id, minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(unique, async (made) => {
        run += 1;
        const from = await dataset(made, `d${run}`);
        if (format !== 'srvau') await exportDataset(from, at(`out${run}`), { format });
        const card = await importDataset(format === 'srvau' ? from : at(`out${run}`), at(`back${run}`), {
          ...back,
          format,
        });
        expect(await recordsOf(at(`back${run}`))).toEqual(await recordsOf(from));
        expect({ ...card.inputs, imported: [] }).toEqual(inputs);
        expect((await readdir(at(`back${run}`))).sort()).toEqual(Object.values(REFLECT_FILES).sort());
      }),
      { numRuns: 12 },
    );
  });

  it('takes an edited transcript as edited, also where the trainer had another text', async () => {
    const transcript = records[0]?.transcript.replace('Two men', 'Two <video> men') ?? '';
    await exportDataset(await dataset([qaRecord(0, { transcript })]), at('out'), { format: 'ms-swift' });
    const file = at('out', 'sft', 'train.jsonl');
    await writeFile(file, (await readFile(file, 'utf8')).replace('hits the other twice', 'hits the other'));
    await importDataset(at('out'), at('back'), { ...back, format: 'ms-swift' });
    const [edited] = await recordsOf(at('back'));
    expect(edited?.revised.reasoning).toBe('One man hits the other.');
    expect(edited?.initial.reasoning).toBe('Two [video] men stand.');
  });

  const foreign = {
    messages: [
      {
        role: 'user',
        content: '<video>Look.\nQuestion: What is it?\nOptions:\nA. one\nB. two\n(C) three\nAnswer with a letter.',
      },
      { role: 'assistant', content: records[0]?.transcript },
    ],
    videos: ['clips/a.mp4'],
  };

  it('makes records of conversations from elsewhere, without inventing where they come from', async () => {
    const grounding = {
      conversations: [
        { from: 'human', value: 'When?' },
        { from: 'gpt', value: records[2]?.transcript },
      ],
      video: '/clips/b.mp4',
      id: 'mine',
    };
    await writeFile(at('test.jsonl'), `${JSON.stringify(foreign)}\n\n${JSON.stringify(grounding)}\n`);
    await importDataset(at('test.jsonl'), at('back'), { ...back, format: 'ms-swift' });
    const [tag, qa] = await recordsOf(at('back'));
    expect(qa).toMatchObject({
      ...{ id: 'test.jsonl:1:qa:0', video: 'a.mp4', videoUri: null, split: 'test', source: 'unknown' },
      ...{ question: 'What is it?', options: ['one', 'two', 'three'], correctOption: 'C', truth: { label: 'C' } },
      ...{ provenance: { initial: null, teacher: null }, initial: { answer: 'B', completion: null, wellFormed: null } },
    });
    expect(tag).toMatchObject({
      ...{ id: 'mine:tag:0', videoUri: 'file:///clips/b.mp4', truth: { normal: false, spanSec: [4, 8] } },
    });
  });

  it('deals videos out anew where told to', async () => {
    const from = await dataset(records);
    const splits = { shares: { train: 0, val: 1, test: 0 }, salt: 'x' };
    const card = await importDataset(from, at('back'), { ...back, format: 'srvau', splits });
    expect(card.statistics.bySplit.val.records).toBe(5);
    expect(card.inputs.splits).toEqual({ by: 'hash', ...splits });
  });

  it.each<[string, string, RegExp]>([
    ['no JSON', '{"a":', /^x.jsonl, line 2: expected one JSON value/],
    ['no conversation', '{"messages": 5}', /^x.jsonl, line 2: messages: expected a list of turns/],
    ['no answer', '{"messages": [{"role": "user", "content": "?"}]}', /line 2: expected a turn of the assistant/],
    [
      'an answer to nothing',
      '{"messages": [{"role": "assistant", "content": "!"}]}',
      /line 2: expected a turn of the user/,
    ],
    [
      'no transcript',
      JSON.stringify(foreign).replace('</reflection>', ''),
      /line 2: answer: expected the segments think/,
    ],
    [
      'no options',
      JSON.stringify(foreign).replaceAll(/[ABC]\. |\(C\)/g, ''),
      /line 2: question: expected a question with options/,
    ],
    [
      'a letter without option',
      JSON.stringify(foreign).replace('\\n(C) three', ''),
      /line 2: correctOption: expected one of A, B/,
    ],
    ['parts that are damaged', JSON.stringify({ ...foreign, srvau: '{' }), /line 2: srvau: expected JSON/],
    [
      'parts of nothing',
      JSON.stringify({ ...foreign, srvau: '{"task":"qa"}' }),
      /line 2: srvau: truth: expected an object/,
    ],
    [
      'the same id',
      JSON.stringify({ ...foreign, id: 'x.jsonl:1' }),
      /x.jsonl, line 2: id: expected an id that is not at x.jsonl, line 1 too/,
    ],
  ])('names the line with %s', async (_what, line, message) => {
    await writeFile(at('x.jsonl'), `${JSON.stringify(foreign)}\n${line}\n`);
    expect(await refused(importDataset(at('x.jsonl'), at('back'), { ...back, format: 'ms-swift' }))).toMatch(message);
    expect(await readdir(dir)).toEqual(['x.jsonl']);
  });

  it('throws nothing but SrvauError, whatever a line holds', async () => {
    const parts = fc.record(
      {
        prompt: fc.jsonValue({ maxDepth: 3 }),
        messages: fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constant(foreign.messages)),
        conversations: fc.jsonValue({ maxDepth: 2 }),
        videos: fc.jsonValue({ maxDepth: 1 }),
        srvau: fc.oneof(
          fc.jsonValue({ maxDepth: 1 }),
          fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value)),
        ),
        id: fc.jsonValue({ maxDepth: 0 }),
      },
      { requiredKeys: [] },
    );
    const line = fc.oneof(fc.jsonValue({ maxDepth: 1 }), parts);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(line, fc.constantFrom(...EXPORT_FORMATS, 'srvau' as const), async (value, format) => {
        run += 1;
        await writeFile(at('x.jsonl'), JSON.stringify(value));
        try {
          await importDataset(at('x.jsonl'), at(`back${run}`), { ...back, format });
        } catch (error) {
          expect(error).toBeInstanceOf(SrvauError);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('says what is not there to be read', async () => {
    expect(await refused(importDataset(at('no'), at('back'), { ...back, format: 'trl' }))).toMatch(
      /expected a file or a directory/,
    );
    await mkdir(at('empty'));
    expect(await refused(importDataset(at('empty'), at('back'), { ...back, format: 'trl' }))).toMatch(
      /with .jsonl files/,
    );
    await writeFile(at('empty', 'srvau-export.json'), '{}');
    await writeFile(at('empty', 'a.jsonl'), '');
    expect(await refused(importDataset(at('empty'), at('back'), { ...back, format: 'trl' }))).toMatch(
      /srvau-reflect-export/,
    );
  });
});
