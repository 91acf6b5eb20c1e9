import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DATASET_CARD_FORMAT, DATASET_FILES, DATASET_SCHEMA_VERSION, type DatasetRow } from '@srvau/contracts';
import { readParquet, writeParquet } from '../tables/parquet';
import { MANIFEST_TABLE, toManifestRecord } from './manifest-table';
import { inspectDataset, readDataset, readDatasetExclusions, readDatasetRows } from './read-dataset';

const ROW: DatasetRow = {
  id: 'yard.mp4',
  row: 1,
  source: 'msad',
  split: 'test',
  video: 'yard.mp4',
  videoKey: 'k1',
  videoSha256: '0f',
  durationSec: 12.5,
  width: 320,
  height: 240,
  frames: 13,
  question: 'What rolls?',
  options: ['a cart', 'a ball', 'a wheel', 'nothing'],
  correctOption: 'A',
  keyObject: 'cart',
  description: null,
  reasoning: '### Location: yard',
  reasoningRepr: null,
  anomalyClass: 'Object_falling',
  normal: false,
  spanSec: [2.5, 7],
  events: [{ startSec: 2.5, endSec: null, who: 'a cart', what: 'rolls through the gate', anomalous: true }],
  qaEligible: true,
  groundingEligible: true,
};
const CARD = {
  format: DATASET_CARD_FORMAT,
  schemaVersion: DATASET_SCHEMA_VERSION,
  writtenBy: 'a test',
  inputs: {},
  summary: { rows: 1 },
  statistics: {},
  warnings: [],
};

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'srvau-read-dataset-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function dataset(card: unknown = CARD, rows: readonly unknown[] = [ROW]): Promise<void> {
  await writeFile(join(dir, DATASET_FILES.card), typeof card === 'string' ? card : JSON.stringify(card));
  await writeFile(join(dir, DATASET_FILES.manifestJsonl), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}

describe('reading a dataset directory', () => {
  it('returns the card and the rows', async () => {
    await dataset();
    await expect(inspectDataset(dir)).resolves.toEqual(CARD);
    await expect(readDataset(dir)).resolves.toEqual({ card: CARD, rows: [ROW] });
    const exclusion = { row: 2, line: 3, id: null, video: 'a.mp4', scope: 'row', reason: 'row:duplicate', detail: '' };
    await writeFile(join(dir, DATASET_FILES.exclusions), `${JSON.stringify(exclusion)}\n`);
    for await (const found of readDatasetExclusions(dir)) expect(found).toEqual(exclusion);
  });

  it('finds no dataset where none is finished', async () => {
    await writeFile(join(dir, DATASET_FILES.manifestJsonl), '');
    await expect(inspectDataset(dir)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(readDatasetRows(dir).next()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(inspectDataset(join(dir, DATASET_FILES.manifestJsonl))).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it.each<[string, unknown, string]>([
    ['broken JSON', '{"format":', 'expected JSON'],
    ['null', 'null', 'expected "format"'],
    ['something else', { name: 'package' }, 'expected "format"'],
    ['a newer dataset', { ...CARD, schemaVersion: 3 }, 'expected schemaVersion 2, received 3 (number)'],
    ['an older dataset', { ...CARD, schemaVersion: 1 }, 'expected schemaVersion 2, received 1 (number)'],
    ['a card without statistics', { ...CARD, statistics: undefined }, 'expected an object "statistics"'],
  ])('refuses %s', async (_what, card, message) => {
    await dataset(card);
    const failure = expect(inspectDataset(dir)).rejects;
    await failure.toThrow(message);
    await failure.toMatchObject({ code: 'UNPROCESSABLE' });
  });

  it.each<[string, unknown, string]>([
    ['no object', 7, 'line 1: expected a JSON object, received 7'],
    ['a lost field', { ...ROW, id: undefined }, 'id: expected a text, received nothing'],
    ['a wrong source', { ...ROW, source: 'web' }, 'source: expected one of msad, ucf, ecva, synthetic, unknown'],
    ['three options', { ...ROW, options: ['a', 'b', 'c'] }, 'options: expected 4 values, each a text, or null'],
    ['a span of text', { ...ROW, spanSec: ['1', '2'] }, 'spanSec: expected 2 values'],
    [
      'an event without a person',
      { ...ROW, events: [{ ...ROW.events?.[0], who: null }] },
      'events: expected events with',
    ],
    ['a negative duration', { ...ROW, durationSec: -1 }, 'durationSec: expected seconds from 0 on'],
  ])('refuses a row with %s', async (_what, row, message) => {
    await dataset(CARD, [row]);
    const failure = expect(readDataset(dir)).rejects;
    await failure.toThrow(message);
    await failure.toThrow(DATASET_FILES.manifestJsonl);
  });

  it('notices a manifest that is not the one the card counted', async () => {
    await dataset(CARD, [ROW, ROW]);
    await expect(readDataset(dir)).rejects.toThrow('expected 1 rows, received 2');
  });

  it('has a table with a column for every field of a row', async () => {
    const path = join(dir, DATASET_FILES.manifestParquet);
    const bare: DatasetRow = { ...ROW, options: null, spanSec: null, events: null, videoKey: null };
    await writeParquet(path, [ROW, bare].map(toManifestRecord), MANIFEST_TABLE);
    const [full, empty] = await readParquet(path, { schema: MANIFEST_TABLE });
    const { options: _options, spanSec: _spanSec, events, ...fields } = ROW;
    expect(full).toEqual({
      ...fields,
      optionA: 'a cart',
      optionB: 'a ball',
      optionC: 'a wheel',
      optionD: 'nothing',
      startSec: 2.5,
      endSec: 7,
      events: JSON.stringify(events),
    });
    const none = { optionA: null, optionD: null, startSec: null, endSec: null, events: null, videoKey: null };
    expect(empty).toMatchObject(none);
  });
});
