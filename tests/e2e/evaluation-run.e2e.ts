import { copyFile, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { EvaluationReport, EvaluationRunRequest, EvaluationRunResult, JobRecord } from '@srvau/contracts';
import { TRANSCRIPTS_TABLE } from '@srvau/evaluation-report';
import { readParquet } from '@srvau/storage';
import { TinyWorld } from '../../apps/training/test/tiny-world';
import { CliHome } from './support/cli';
import { answeredKeys, type Fake, filesOf, startModel, writeColours } from './support/evaluation-run';
import { EvaluationService } from './support/evaluation-service';
import { eventually } from './support/eventually';
import { refusalOf } from './support/refusal';

jest.setTimeout(180_000);

const ROWS = 24;
/** Of 24 rows those whose video is missing, damaged; and those that the endpoint answers where the question names the row. */
const WATCHED = ROWS - 2 - 2;
const ANSWERED = WATCHED - 2;
/** Rows of the runs that are killed, and those of them without a video that can be read. */
const LIMIT = 12;
const LIMIT_UNWATCHED = 2;

let home: CliHome;
let world: TinyWorld;
let service: EvaluationService;
let fake: Fake;

beforeAll(async () => {
  [home, world] = await Promise.all([CliHome.create(), TinyWorld.make({ train: 1, val: 1 })]);
  await writeColours(join(home.dir, 'colours'), world, ROWS);
  const env = {
    SRVAU_FILE_ROOTS: `${home.dir}:${world.dir}`,
    SRVAU_JOB_LEASE_MS: '3000',
    // Sums in one order, however many processors there are.
    SRVAU_NATIVE_THREADS: '1',
  };
  [service, fake] = await Promise.all([EvaluationService.start(home.dir, env), startModel({ latencyMs: 20 })]);
});

afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await fake.close();
  world.dispose();
  await home.remove();
});

const pathOf = (name: string): string => join(home.dir, 'state/reports', name);
const requestOf = (name: string, change: Partial<EvaluationRunRequest> = {}): EvaluationRunRequest => ({
  ...{ name, model: `openai:${fake.url}#vlm`, dataset: pathToFileURL(join(home.dir, 'colours')).href, resamples: 50 },
  ...change,
});

const submit = (name: string, change: Partial<EvaluationRunRequest> = {}): Promise<string> =>
  service.submit('run', requestOf(name, change));
const ended = (jobId: string): Promise<JobRecord> => service.ended(jobId);
const result = (jobId: string): Promise<EvaluationRunResult> => service.result(jobId);

async function reportOf(name: string): Promise<EvaluationReport> {
  return JSON.parse(await readFile(join(pathOf(name), 'report.json'), 'utf8')) as EvaluationReport;
}

describe('a run against an endpoint', () => {
  it('asks with and without thinking, has descriptions judged, and counts what is missing', async () => {
    const judge = { model: `openai:${fake.url}#judge` };
    const done = await result(await submit('whole', { tasks: ['qa', 'tag', 'describe'], judge }));
    expect(done).toMatchObject({ name: 'whole', rows: ROWS, items: 4 * ROWS });
    expect(done.answered).toBe(2 * ANSWERED + 2 * WATCHED);
    expect(done.missing).toBe(done.items - done.answered);
    expect(Object.keys(done.figures)).toEqual(['qa:with', 'qa:without', 'tag:with', 'describe:with']);

    const report = await reportOf('whole');
    const qa = report.results.filter(({ task }) => task === 'qa');
    expect(qa.map(({ thinking, prompt }) => [thinking, prompt.id])).toEqual([
      ['with', 'reflection-rft/qa'],
      ['without', 'direct/qa'],
    ]);
    for (const { counts, scores } of qa) {
      expect(counts.missing.reasons).toMatchObject({
        'video-missing': { count: 2, ids: ['row-4', 'row-14'] },
        filtered: { count: 1, ids: ['row-3'] },
        'request-refused': { count: 1, ids: ['row-5'] },
      });
      expect(scores?.qa).toMatchObject({ correct: ANSWERED, total: ROWS, missing: ROWS - ANSWERED });
    }
    expect(qa[0]?.scores?.transitions.qa.correctToCorrect).toBe(ANSWERED);
    const described = report.results.find(({ task }) => task === 'describe');
    expect(described?.vauEval).toMatchObject({ judged: WATCHED, total: 36, judge: { model: 'judge' } });
    expect(described?.vauEval?.unscored.reasons).toMatchObject({ 'candidate-empty': { count: ROWS - WATCHED } });

    const rows = await readParquet(join(pathOf('whole'), 'transcripts.parquet'), { schema: TRANSCRIPTS_TABLE });
    expect(rows).toHaveLength(4 * ROWS);
    expect(rows.find(({ id, thinking }) => id === 'row-0' && thinking === 'without')).toMatchObject({
      ...{ task: 'qa', completion: '<answer>A</answer>', answer: 'A', correct: true, missing: null },
    });
  });

  it('is there again at once, with the same bytes, and gives its place to other settings only when told', async () => {
    const judge = { model: `openai:${fake.url}#judge` };
    const tasks = ['qa', 'tag', 'describe'] as const;
    const before = await filesOf(pathOf('whole'));
    const asked = fake.load.total;
    const again = await result(await submit('whole', { tasks: [...tasks], judge }));
    expect(again.timings.answeredNow).toBe(0);
    expect(fake.load.total).toBe(asked);
    expect(await filesOf(pathOf('whole'))).toEqual(before);

    const other = { tasks: ['qa' as const], protocol: 'vau-bench' as const };
    const { state, error } = await ended(await submit('whole', other));
    expect(state).toBe('failed');
    expect(error).toMatchObject({ code: 'CONFLICT', details: [{ field: 'name' }] });
    expect(error?.message).toContain('protocol.name "strict" instead of "vau-bench"');
    expect(await filesOf(pathOf('whole'))).toEqual(before);

    // Answers hold under any protocol.
    const replaced = await result(await submit('whole', { ...other, replace: true }));
    expect(replaced.timings.answeredNow).toBe(0);
    expect(fake.load.total).toBe(asked);
    expect(await reportOf('whole')).toMatchObject({ protocol: { name: 'vau-bench' }, results: [{}, {}] });
    expect(Object.keys(await filesOf(pathOf('whole')))).not.toContain('judgements.jsonl');
  });

  it('asks nothing about a video that is another by now, and counts it', async () => {
    const dataset = join(home.dir, 'swapped');
    await writeColours(dataset, world, 3);
    await copyFile(join(world.dir, 'red.mp4'), join(dataset, 'videos/blue.mp4'));
    const of = { dataset: pathToFileURL(dataset).href, tasks: ['qa' as const], thinking: ['with' as const] };
    expect(await result(await submit('swapped', of))).toMatchObject({ answered: 2, missing: 1 });
    const [qa] = (await reportOf('swapped')).results;
    expect(qa?.counts.missing.reasons).toEqual({ 'video-changed': { count: 1, ids: ['row-1'] } });
  });

  it('waits for a model that is away, says so, and goes on when it is back', async () => {
    const { port } = fake;
    await fake.close();
    const jobId = await submit('patient', { tasks: ['qa'], thinking: ['with'], limit: 6 });
    await eventually('the run waits', async () => {
      const { progress } = await service.jobs.get(jobId);
      return progress?.stage.startsWith('waiting for the model (') === true;
    });
    fake = await startModel({ port, latencyMs: 20 });
    expect(await result(jobId)).toMatchObject({ rows: 6, items: 6, answered: 3, missing: 3 });
  });
});

describe('kill −9', () => {
  it('costs nothing that was answered, and not one byte of the reports', async () => {
    const tasks = ['qa' as const, 'tag' as const];
    const native = { model: `native:${world.model}`, tasks, limit: LIMIT, concurrency: 2 };
    const sampling = { maxNewTokens: 200, temperature: 1 };
    await result(await submit('native', { ...native, sampling }));
    const whole = await filesOf(pathOf('native'));
    await rm(pathOf('native'), { recursive: true });

    await using slow = await startModel({ latencyMs: 250 });
    const remote = { model: `openai:${slow.url}#vlm`, tasks: ['qa' as const], limit: LIMIT, concurrency: 2 };
    const ofJob = [await submit('remote', remote)];
    await eventually('the slow run has begun', async () => (await answeredKeys(pathOf('remote'))).length >= 4);
    ofJob.push(await submit('native', { ...native, sampling }));
    await eventually('the native run has begun', async () => (await answeredKeys(pathOf('native'))).length >= 2);
    await service.kill();
    const [keptNative, kept] = await Promise.all(['native', 'remote'].map((name) => answeredKeys(pathOf(name))));
    const askedBefore = slow.load.total;
    await service.startAgain();
    const [ofRemote, ofNative] = await Promise.all(ofJob.map(result));
    expect(ofNative).toMatchObject({ items: 3 * LIMIT, missing: 3 * LIMIT_UNWATCHED });
    expect(ofRemote).toMatchObject({ items: 2 * LIMIT, answered: 2 * (LIMIT - LIMIT_UNWATCHED - 2) });
    expect(ofNative?.timings.answeredNow).toBe(3 * (LIMIT - LIMIT_UNWATCHED) - (keptNative ?? []).length);
    expect(await filesOf(pathOf('native'))).toEqual(whole);

    // What was on disk was not asked again; what was under way was.
    const twice = slow.requests.length - new Set(slow.requests.map(({ body }) => JSON.stringify(body))).size;
    expect(twice).toBeLessThanOrEqual(askedBefore - (kept ?? []).length);
    expect(kept?.length).toBeGreaterThanOrEqual(4);
  });
});

describe('a run that cannot be', () => {
  it.each<[string, Partial<EvaluationRunRequest>, string, string]>([
    ['descriptions without a judge', { tasks: ['describe'] }, 'INVALID_REQUEST', 'judge'],
    ['a judge of nothing', { judge: { model: 'openai:http://127.0.0.1:1/v1#j' } }, 'INVALID_REQUEST', 'judge'],
    ['a name that is a path', { name: '../up' }, 'INVALID_REQUEST', 'name'],
    ['an endpoint elsewhere', { model: 'openai:http://example.org/v1#m' }, 'FORBIDDEN', 'model'],
    ['a model outside of the roots', { model: 'native:/etc' }, 'FORBIDDEN', 'model'],
    ['a dataset outside of the roots', { dataset: 'file:///etc' }, 'FORBIDDEN', 'dataset'],
    ['no tasks', { tasks: [] }, 'INVALID_REQUEST', 'tasks'],
  ])('%s is refused at once', async (_, change, code, field) => {
    const { code: received, details } = await refusalOf(submit('refused', change));
    expect([received, details[0]?.field]).toEqual([code, field]);
  });

  it('of a split without rows ends with what was expected', async () => {
    const { state, error } = await ended(await submit('no-rows', { split: 'val' }));
    expect([state, error?.code]).toEqual(['failed', 'UNPROCESSABLE']);
    expect(error?.message).toContain('0 rows of the split val');
  });
});

describe('srvau evaluate run', () => {
  it('sees a run through and says what it came to', async () => {
    await mkdir(join(home.dir, 'state'), { recursive: true });
    const args = ['evaluate', 'run', '--model', `openai:${fake.url}#vlm`, '--dataset', 'colours', '--tasks', 'qa'];
    const env = { SRVAU_NATS_URL: service.nats.url };
    const shown = await home.run([...args, '--thinking', 'without', '--limit', '3'], env);
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.stdout).toContain('colours-vlm');
    expect(shown.stdout).toMatch(/qa\s+w\/o think\s+accuracy, %\s+100\.00/);
    const json = await home.run([...args, '--thinking', 'without', '--limit', '3', '--json'], env);
    expect(JSON.parse(json.stdout)).toMatchObject({ name: 'colours-vlm', items: 3, answered: 3, missing: 0 });
    // The videos of two more rows cannot be seen.
    const partly = await home.run(
      [...args, '--thinking', 'without', '--limit', '5', '--name', 'partly', '--json'],
      env,
    );
    expect([partly.code, JSON.parse(partly.stdout)]).toMatchObject([3, { items: 5, missing: 2 }]);
  });
});
