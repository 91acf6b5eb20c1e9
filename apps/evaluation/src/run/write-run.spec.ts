import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatasetRow, EvaluationReport, VauEvalJudgement } from '@srvau/contracts';
import type { ReportHead } from '@srvau/evaluation-report';
import { judgeSettings, summarize } from '@srvau/judge';
import { ArtifactStore, fileUri } from '@srvau/storage';
import { type S3TestServer, startS3Server } from '@srvau/storage/test/s3-server';
import { datasetRow } from '../../test/dataset-row';
import { ReportPlace } from '../report-place';
import { planItems } from './plan';
import { waysOf } from './ways';
import { assertSameReport, type RunOutcomes, writeRun } from './write-run';

const signal = new AbortController().signal;
const ways = waysOf({ name: 'r', model: 'm', dataset: 'file:///d', tasks: ['qa', 'describe'], thinking: ['with'] });
const row = (id: string): DatasetRow => datasetRow({ id, video: `${id}.mp4` });
const { items, excluded } = planItems([row('a'), row('b')], ways);
const judge = { settings: judgeSettings(), judge: { backend: 'openai', model: 'j', hash: null } };

const headOf = (change: Partial<ReportHead> = {}): ReportHead => ({
  ...{
    name: 'r',
    protocol: 'strict',
    model: { uri: 'native:/m', identity: { backend: 'native', model: 'm', hash: 'h' } },
  },
  dataset: { uri: 'file:///d', name: 'd', hash: 'sha256:0', split: null, rows: 2, excluded },
  ...{ settings: { seed: 0 }, versions: { srvau: '1.0.0' }, prompts: ways, resamples: 0, seed: 0, published: false },
  summarize: (judgements) => summarize(judgements, judge),
  ...change,
});

const answer = {
  completion: '<answer>C</answer>',
  finishReason: 'stop' as const,
  promptTokens: 1,
  completionTokens: 2,
};
const judgement = (id: string): VauEvalJudgement => {
  const marks = { cls: 5, km: 5, flu: 5, inf: 5, fac: 5 };
  return { id, marks, total: 25, repeats: [{ marks, unscored: null }], replies: [] };
};
const whole: RunOutcomes = {
  items,
  outcomes: new Map(items.map(({ key }, i) => [key, i === 1 ? { missing: 'unanswered', detail: 'd' } : answer])),
  judgements: new Map(
    items.filter(({ way }) => way.task === 'describe').map(({ key, row: { id } }) => [key, judgement(id)]),
  ),
};

let dir: string;
let server: S3TestServer;
let s3: ArtifactStore;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'srvau-write-run-'));
  server = await startS3Server();
  s3 = new ArtifactStore({ fileRoots: [], s3: { endpoint: server.endpoint, credentials: server.credentials } });
});
afterAll(async () => {
  await s3.close();
  await server.close();
  await rm(dir, { recursive: true });
});

const NAMES = ['judgements.jsonl', 'report.html', 'report.json', 'report.md', 'transcripts.parquet'];

describe.each(['files', 's3'])('a report in %s', (kind) => {
  const placeOf = (): ReportPlace =>
    kind === 's3'
      ? new ReportPlace(s3, `s3://${server.bucket}/reports`)
      : new ReportPlace(new ArtifactStore({ fileRoots: [dir] }), fileUri(join(dir, 'reports')));
  const pathOf = (place: ReportPlace): string => place.pathOf('r') ?? join(dir, 'staging');
  const write = (place: ReportPlace, head = headOf(), outcomes = whole): Promise<EvaluationReport> =>
    writeRun(head, outcomes, { place, path: pathOf(place), signal });
  const names = async (place: ReportPlace): Promise<string[]> => {
    const found: string[] = [];
    for await (const { relativePath } of place.store.list(place.uriOf('r'))) found.push(relativePath);
    return found.sort();
  };

  it('is whole, and the same when it is written again', async () => {
    const place = placeOf();
    const report = await write(place);
    expect(report.results.map(({ task, counts }) => [task, counts.answered, counts.missing.count])).toEqual([
      ['qa', 1, 1],
      ['describe', 2, 0],
    ]);
    expect(report.results[1]?.vauEval).toMatchObject({ total: 25, judged: 2 });
    expect(await names(place)).toEqual(NAMES);
    const bytes = await place.store.readText(`${place.uriOf('r')}/report.json`);
    await write(place);
    expect(await place.store.readText(`${place.uriOf('r')}/report.json`)).toBe(bytes);
    if (kind === 's3')
      expect((await readdir(pathOf(place))).sort()).toEqual(['judgements.jsonl', 'transcripts.parquet']);
  });

  it('keeps its name from what is of other settings, and says what differs', async () => {
    const place = placeOf();
    await assertSameReport(place, headOf());
    await assertSameReport(place, headOf({ model: { ...headOf().model, uri: 'native:/moved' } }));
    await assertSameReport(place, { ...headOf(), name: 'nobody' });
    const other = headOf({ protocol: 'vau-bench', settings: { seed: 1, limit: 5 } });
    await expect(assertSameReport(place, other)).rejects.toMatchObject({
      code: 'CONFLICT',
      details: [{ field: 'name' }],
    });
    await expect(assertSameReport(place, other)).rejects.toThrow(
      'protocol.name "strict" instead of "vau-bench", settings.seed 0 instead of 1, settings.limit nothing instead of 5',
    );
  });

  it('names the first of many differences, and how many more there are', async () => {
    const place = placeOf();
    await write(place, headOf({ settings: { judge: null, published: null } }));
    const judge = { uri: 'x'.repeat(200), repeats: 2, seed: 0, temperature: 0, maxNewTokens: 9, prompt: { id: 'p' } };
    await expect(assertSameReport(place, headOf({ settings: { judge } }))).rejects.toThrow(
      /received settings\.judge\.maxNewTokens nothing instead of 9, .*, 1 more$/,
    );
    await expect(assertSameReport(place, headOf({ settings: { judge } }))).rejects.not.toThrow(/x{100}|null/);
    await assertSameReport(place, headOf({ settings: {} }));
  });

  it('leaves nothing of another one behind', async () => {
    const place = placeOf();
    const items = whole.items.filter(({ way }) => way.task === 'qa');
    await write(place, headOf({ settings: {} }), { ...whole, items, judgements: new Map() });
    expect(await names(place)).toEqual(NAMES.filter((name) => name !== 'judgements.jsonl'));
  });
});
