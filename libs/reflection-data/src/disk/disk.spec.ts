import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REFLECT_FILES, type ReflectRecord, type ReflectReject, SrvauError } from '@srvau/contracts';
import { readParquet } from '@srvau/storage';
import { inputs, qaRecord, reject, tagRecord } from '../../test/records';
import {
  datasetFormatOf,
  inspectReflectDataset,
  readReflectRecords,
  readReflectRejects,
  scanReflectRecords,
} from './read';
import { RECORDS_TABLE } from './records-table';
import { type WriteReflectOptions, writeReflectDataset } from './write';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'srvau-reflect-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const records = [
  qaRecord(1),
  tagRecord(2, { provenance: { initial: null, teacher: null }, completion: null, wellFormed: null }),
  qaRecord(4, { sample: 1, videoUri: 'file:///v/ä b.mp4', anomalyClass: null, durationSec: null }),
];
const rejects = [reject(3), reject(5, { stage: 'video', reason: 'video:unreadable', attempts: 0, lastReply: null })];

const write = (
  of: readonly ReflectRecord[] = records,
  withRejects: readonly ReflectReject[] = rejects,
  options?: WriteReflectOptions,
) =>
  writeReflectDataset(
    dir,
    { writtenBy: '@srvau/spec@1', inputs, stoppedBy: null, records: of, rejects: withRejects },
    options,
  );

async function all<T>(of: AsyncIterable<T>): Promise<T[]> {
  const values: T[] = [];
  for await (const value of of) values.push(value);
  return values;
}

async function refusal(work: Promise<unknown>): Promise<SrvauError> {
  const error: unknown = await work.then(
    () => new Error('expected a refusal'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof SrvauError) return error;
  throw error;
}

const jsonl = (): string => join(dir, REFLECT_FILES.recordsJsonl);

describe('D_reflect on disk', () => {
  it('gives back what was written, from both files', async () => {
    const done: number[] = [];
    const card = await write(records, rejects, { onRecord: (count) => done.push(count) });
    expect(done).toEqual([1, 2, 3]);
    expect((await readdir(dir)).sort()).toEqual(Object.values(REFLECT_FILES).sort());
    expect(await inspectReflectDataset(dir)).toEqual(card);
    expect(await all(readReflectRecords(dir))).toEqual(records);
    expect(await all(scanReflectRecords(dir))).toEqual(records);
    expect(await all(readReflectRejects(dir))).toEqual(rejects);
    expect(await datasetFormatOf(dir)).toBe('srvau-reflect');
    expect(card.statistics.all).toEqual({ records: 3, qa: 2, tag: 1, videos: 3 });
  });

  it('is the same bytes from equal records, whatever the order of their fields', async () => {
    await write();
    const names = Object.values(REFLECT_FILES);
    const bytes = await Promise.all(names.map((name) => readFile(join(dir, name))));
    await rm(join(dir, REFLECT_FILES.card));
    const turned = records.map(
      (record) => Object.fromEntries(Object.entries(record).reverse()) as unknown as ReflectRecord,
    );
    await write(turned);
    expect(await Promise.all(names.map((name) => readFile(join(dir, name))))).toEqual(bytes);
  });

  it('has a column for every part of a record', async () => {
    await write();
    const rows = await readParquet(join(dir, REFLECT_FILES.recordsParquet), { schema: RECORDS_TABLE });
    expect(rows[0]).toMatchObject({
      ...{ id: 'clip-000001.mp4:qa:0', truthLabel: 'C', options: ['a hug', 'a dance', 'a fight', 'nothing'] },
      ...{ initialAnswer: 'B', initialCorrect: false, revisedAnswer: 'C', teacherModel: 'teacher', teacherAttempts: 1 },
    });
    expect(rows[1]).toMatchObject({
      truthStartSec: 4,
      initialEndSec: 6,
      initialBackend: null,
      teacherRetriedFor: null,
    });
  });

  it('can be empty', async () => {
    const { statistics } = await write([], []);
    expect(statistics).toMatchObject({ all: { records: 0 }, meanIou: null, words: [], rejects: { total: 0 } });
    expect(await all(readReflectRecords(dir))).toEqual([]);
    expect(await all(scanReflectRecords(dir))).toEqual([]);
  });

  it('leaves other files alone and stays no dataset until it is whole', async () => {
    await writeFile(join(dir, 'notes.txt'), 'x');
    const broken = (async function* () {
      yield records[0] as ReflectRecord;
      throw new Error('the source broke');
    })();
    await expect(
      writeReflectDataset(dir, { writtenBy: 's', inputs, stoppedBy: null, records: broken, rejects: [] }),
    ).rejects.toThrow('the source broke');
    expect(await readdir(dir)).toEqual(['notes.txt']);
    expect((await refusal(inspectReflectDataset(dir))).code).toBe('NOT_FOUND');
    await write();
    expect(await readdir(dir)).toContain('notes.txt');
  });

  it('does not write over a dataset, and stops on a signal', async () => {
    const stop = new AbortController();
    const reason = new Error('enough');
    const aborted = write(records, rejects, { signal: stop.signal, onRecord: () => stop.abort(reason) });
    await expect(aborted).rejects.toBe(reason);
    expect(await readdir(dir)).toEqual([]);
    await write();
    expect((await refusal(write())).message).toMatch(/without a dataset, received one of format "srvau-reflect"/);
  });

  it.each([
    [
      'records out of order',
      () => [records[1], records[0]],
      /ids in order, one after "clip-000002.mp4:tag:0", received "clip-000001/,
    ],
    ['a record twice', () => [records[0], records[0]], /ids in order/],
    [
      'a video in two splits',
      () => [qaRecord(1), tagRecord(1, { split: 'test' })],
      /clip-000001.mp4:tag:0: split: expected val, where the other records of "clip-000001.mp4" are, received test/,
    ],
    ['a copy of a video in two splits', () => [qaRecord(1), qaRecord(2, { videoKey: 'key1' })], /split: expected val/],
    ['a record that is none', () => [{ ...qaRecord(1), path: 'refine' as const }], /clip-000001.mp4:qa:0: path/],
  ])('refuses %s', async (_what, of, message) => {
    expect((await refusal(write(of() as ReflectRecord[], []))).message).toMatch(message);
    expect(await readdir(dir)).toEqual([]);
  });

  it.each<[string, (text: string) => string | Buffer, RegExp]>([
    ['a damaged line', (text) => text.replace('\n{', '\n{{'), /^records.jsonl, line 2: expected one JSON value/],
    ['a lost line', (text) => text.slice(text.indexOf('\n') + 1), /records.jsonl: expected 3 records, received 2/],
    ['a torn line', (text) => text.slice(0, -30), /^records.jsonl, line 3: expected one JSON value/],
    [
      'swapped lines',
      (text) => text.trim().split('\n').reverse().join('\n'),
      /^records.jsonl, line 2: id: expected one after/,
    ],
    [
      'a transcript that does not parse',
      (text) => text.replace('</reflection>', ''),
      /^records.jsonl, line 1: transcript: expected the segments/,
    ],
    [
      'an edited answer',
      (text) => text.replace('"answer":"C"', '"answer":"D"'),
      /^records.jsonl, line 1: revised.answer/,
    ],
    [
      'broken UTF-8',
      (text) => Buffer.concat([Buffer.from(text.slice(0, text.indexOf('\n') + 9)), Buffer.from([0xff, 0x0a])]),
      /^records.jsonl, line 2: expected UTF-8 text/,
    ],
  ])('names the line of %s', async (_what, damage, message) => {
    await write();
    await writeFile(jsonl(), damage(await readFile(jsonl(), 'utf8')));
    const error = await refusal(all(readReflectRecords(dir)));
    expect(error.code).toBe('UNPROCESSABLE');
    expect(error.message).toMatch(message);
  });

  it('names a file that is missing, and a Parquet file that is damaged', async () => {
    await write();
    await rm(jsonl());
    expect(await refusal(all(readReflectRecords(dir)))).toMatchObject({ code: 'NOT_FOUND' });
    await rm(join(dir, REFLECT_FILES.rejects));
    expect((await refusal(all(readReflectRejects(dir)))).message).toMatch(
      /rejects.jsonl: expected a file of the dataset/,
    );
    await writeFile(join(dir, REFLECT_FILES.recordsParquet), 'PAR1 and nothing else');
    expect(await refusal(all(scanReflectRecords(dir)))).toMatchObject({ code: 'UNPROCESSABLE' });
  });

  it.each([
    [{ schemaVersion: 2 }, /expected schemaVersion 1, received 2/],
    [{ format: 'srvau-dataset' }, /expected "format": "srvau-reflect", received "srvau-dataset"/],
    [{ statistics: null }, /dataset.json: statistics: expected an object, received null/],
    [{ statistics: { all: {} } }, /statistics.bySplit: expected objects by train, val, test, received nothing/],
    [{ inputs: {} }, /inputs.dataset: expected an object, or null/],
    [{ stoppedBy: 'me' }, /stoppedBy: expected one of max-records/],
  ])('refuses a card with %j', async (changes, message) => {
    const card = await write();
    await writeFile(join(dir, REFLECT_FILES.card), JSON.stringify({ ...card, ...changes }));
    expect((await refusal(all(readReflectRecords(dir)))).message).toMatch(message);
  });

  it('refuses a card that is cut off, or no object', async () => {
    for (const text of ['{"format":', '5', 'null', '[]']) {
      await writeFile(join(dir, REFLECT_FILES.card), text);
      expect((await refusal(inspectReflectDataset(dir))).code).toBe('UNPROCESSABLE');
      expect(await datasetFormatOf(dir)).toBeUndefined();
    }
    expect(await datasetFormatOf(join(dir, 'nowhere'))).toBeUndefined();
  });
});
