import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReportComparison } from '@srvau/contracts';
import { bootstrapDifference, mcNemar } from '@srvau/metrics';
import { ArtifactStore, fileUri, writeParquet } from '@srvau/storage';
import { sampleHead, sampleItems, sampleReport, summarize } from '../../test/sample';
import type { EvaluatedItem } from '../build/evaluated-item';
import type { ReportHead } from '../build/report-builder';
import { TRANSCRIPTS_TABLE, type TranscriptRow } from '../transcripts/transcripts-table';
import { type ComparedReport, compareReports } from './compare-reports';
import { readScoredItems } from './scored-items';

const NEVER = new AbortController().signal;
let dir: string;
let made = 0;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'srvau compare '));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** A report as it is read from its directory. */
async function compared(
  changes: Partial<ReportHead>,
  items?: EvaluatedItem[],
  change: (rows: TranscriptRow[]) => TranscriptRow[] = (rows) => rows,
): Promise<ComparedReport & { rows: TranscriptRow[] }> {
  const { report, rows } = sampleReport(changes, items);
  const place = join(dir, String((made += 1)));
  const store = new ArtifactStore({ fileRoots: [dir], s3: false });
  await store.write(`${fileUri(place)}/report.json`, '');
  await writeParquet(join(place, 'transcripts.parquet'), change(rows), TRANSCRIPTS_TABLE);
  const options = { cacheDir: dir, signal: NEVER };
  return { report, rows, items: await readScoredItems(store, fileUri(place), report, options) };
}

const partOf = (
  { parts }: ReportComparison,
  task: string,
  dataset: string | null = null,
): ReportComparison['parts'][number] => {
  const found = parts.find((part) => part.task === task && part.thinking === 'with' && part.dataset === dataset);
  if (found === undefined) throw new Error(`no part of ${task}`);
  return found;
};

const scoresOf = (rows: TranscriptRow[], task: string, dataset?: string): number[] =>
  rows.flatMap((row) =>
    row.task === task && row.thinking === 'with' && row.score !== null && (dataset ?? row.dataset) === row.dataset
      ? [row.score]
      : [],
  );

it('pairs items by id and holds the second against the first, over all and each source', async () => {
  const first = await compared({ name: 'weak' }, sampleItems(4));
  // Another order of the items changes nothing.
  const second = await compared({ name: 'strong', settings: { seed: 8 } }, sampleItems(6).reverse());
  const comparison = await compareReports(first, second, { resamples: 300, seed: 3 }, NEVER);
  const settings = { resamples: 300, seed: 3, level: 95 };
  expect(comparison).toMatchObject({ bootstrap: settings, conflicts: [], unmatched: [] });
  expect(comparison.differences).toContainEqual({ field: 'settings.seed', first: '7', second: '8' });
  expect(comparison.parts.map(({ task, thinking, dataset }) => [task, thinking, dataset].join(' '))).toEqual(
    ['qa with', 'qa without', 'tag with', 'describe with'].flatMap((way) => [`${way} `, `${way} msad`, `${way} ucf`]),
  );

  for (const dataset of [undefined, 'msad']) {
    const a = Float64Array.from(scoresOf(first.rows, 'qa', dataset));
    const b = Float64Array.from(scoresOf(second.rows.toReversed(), 'qa', dataset));
    const range = bootstrapDifference(b, a, settings);
    const { onlyFirst, onlySecond, exactP } = mcNemar(a, b);
    const mean = (values: Float64Array): number =>
      (100 * values.reduce((sum, value) => sum + value, 0)) / values.length;
    const part = partOf(comparison, 'qa', dataset ?? null);
    expect(part.pairs).toBe(a.length);
    expect(part.figures).toEqual([
      {
        figure: 'accuracy',
        ...{ first: mean(a), second: mean(b), difference: mean(b) - mean(a) },
        interval: [100 * (range?.low ?? NaN), 100 * (range?.high ?? NaN)],
        mcNemar: { onlyFirst, onlySecond, exactP },
      },
    ]);
  }
  const all = partOf(comparison, 'qa');
  expect(all.figures[0]).toMatchObject({
    first: 47.5,
    second: 70,
    difference: 22.5,
    mcNemar: { onlyFirst: 0, onlySecond: 9 },
  });
  expect(partOf(comparison, 'tag').figures.map(({ figure, mcNemar: test }) => [figure, test !== null])).toEqual([
    ...[['mIoU', false] as const, ['R@0.3', true] as const, ['R@0.5', true] as const, ['R@0.7', true] as const],
  ]);
  // The judge's marks differ by two in each of five dimensions.
  expect(partOf(comparison, 'describe').figures).toEqual([
    expect.objectContaining({ figure: 'total', difference: 10, interval: [10, 10], mcNemar: null }),
  ]);
  expect(partOf(comparison, 'describe').pairs).toBe(39);

  const back = await compareReports(second, first, { resamples: 300, seed: 3 }, NEVER);
  expect(partOf(back, 'qa').figures[0]).toMatchObject({ difference: -22.5, mcNemar: { onlyFirst: 9, onlySecond: 0 } });
  expect(await compareReports(first, second, { resamples: 300, seed: 3 }, NEVER)).toEqual(comparison);
});

it('compares only what both scored, and of one truth', async () => {
  const first = await compared(
    {},
    sampleItems(4).filter(({ id }) => id !== 'row-1'),
  );
  const items = sampleItems(6).filter(({ id }) => id !== 'row-2' && id !== 'row-4');
  const second = await compared(
    {},
    items.map((item) =>
      item.id === 'row-3' && item.task === 'qa' && item.reference !== null
        ? { ...item, reference: { ...item.reference, label: 'A' } }
        : item,
    ),
  );
  const comparison = await compareReports(first, second, {}, NEVER);
  expect(partOf(comparison, 'qa')).toMatchObject({
    pairs: 36,
    onlyFirst: { count: 2, ids: ['row-2', 'row-4'] },
    onlySecond: { count: 1, ids: ['row-1'] },
    otherTruth: { count: 1, ids: ['row-3'] },
  });
  // Of grounding an item without temporal truth is in neither.
  expect(partOf(comparison, 'tag')).toMatchObject({ pairs: 36, otherTruth: { count: 0 } });
});

it('says what only one of them evaluated, and nothing of what has no pairs', async () => {
  const { prompts } = sampleHead();
  const qa = prompts.filter(({ task }) => task === 'qa');
  const first = await compared(
    {},
    sampleItems(6, qa).map((item) => ({
      ...item,
      id: `other-${item.id}`,
      reference: item.reference && { ...item.reference, id: `other-${item.id}` },
    })),
  );
  const second = await compared({});
  const comparison = await compareReports(first, second, {}, NEVER);
  expect(comparison.unmatched).toEqual([
    { report: 'second', task: 'tag', thinking: 'with' },
    { report: 'second', task: 'describe', thinking: 'with' },
  ]);
  expect(partOf(comparison, 'qa').figures).toEqual([
    { figure: 'accuracy', first: null, second: null, difference: null, interval: null, mcNemar: null },
  ]);
});

it('refuses another dataset, protocol or judge by name, unless it is told to go on', async () => {
  const first = await compared({ name: 'first' });
  const { dataset } = sampleHead();
  const second = await compared({
    ...{ name: 'second', protocol: 'vau-bench', dataset: { ...dataset, hash: 'sha256:other' } },
    summarize: (judgements) => ({
      ...summarize(judgements),
      judge: { backend: 'openai', model: 'another-judge', hash: null },
    }),
  });
  await expect(compareReports(first, second, {}, NEVER)).rejects.toMatchObject({
    code: 'CONFLICT',
    message: expect.stringMatching(
      /^first and second cannot be compared, unless .*protocol\.name: strict and vau-bench/,
    ),
    details: [
      { field: 'protocol.name', expected: 'strict', received: 'vau-bench' },
      { field: 'dataset.hash', received: 'sha256:other' },
      { field: 'judge.model', expected: 'judge-of-tests', received: 'another-judge' },
    ],
  });
  const comparison = await compareReports(first, second, { anyway: true }, NEVER);
  expect(comparison.conflicts).toEqual(['protocol.name', 'dataset.hash', 'judge.model']);
  // What is missing has left one of the denominators, as has what is normal.
  expect(partOf(comparison, 'tag').onlyFirst.count).toBeGreaterThan(1);
  const unjudged = await compared({ prompts: sampleHead().prompts.filter(({ task }) => task !== 'describe') });
  expect((await compareReports(first, unjudged, {}, NEVER)).unmatched).toHaveLength(1);
});

it('refuses transcripts that are not of the report, and damaged ones', async () => {
  const without = (rows: TranscriptRow[]): TranscriptRow[] => rows.slice(1);
  await expect(compared({}, undefined, without)).rejects.toMatchObject({
    code: 'UNPROCESSABLE',
    message: expect.stringMatching(/expected 40 items of tag with thinking, as report\.json says, received 39$/),
  });
  const twice = (rows: TranscriptRow[]): TranscriptRow[] => rows.map((row) => ({ ...row, id: 'row-1' }));
  await expect(compared({}, undefined, twice)).rejects.toMatchObject({
    message: expect.stringContaining('tag with: id: expected ids that differ, received row-1 once more'),
  });
  const store = new ArtifactStore({ fileRoots: [dir], s3: false });
  await writeFile(join(dir, 'transcripts.parquet'), 'id,task\n');
  await expect(
    readScoredItems(store, fileUri(dir), sampleReport().report, { cacheDir: dir, signal: NEVER }),
  ).rejects.toMatchObject({ code: 'UNPROCESSABLE', message: expect.stringContaining('a whole Parquet file') });
});
