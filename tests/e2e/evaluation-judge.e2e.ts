import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  type EvaluationJudgeResult,
  type JobRecord,
  type JudgeReply,
  type SrvauError,
  type VauEvalItem,
  type VauEvalJudgement,
} from '@srvau/contracts';
import { startFakeOpenai } from '../../libs/models/test/fake-openai/server.mjs';
import { CliHome } from './support/cli';
import { writeJsonl } from './support/evaluation-rows';
import { EvaluationService } from './support/evaluation-service';
import { eventually } from './support/eventually';
import { asked, type ChatBody, GOOD, JUDGES, MARKS } from './support/judge';
import { refusalOf } from './support/refusal';

jest.setTimeout(120_000);

type Fake = Awaited<ReturnType<typeof startFakeOpenai>>;

let home: CliHome;
let service: EvaluationService;
let fake: Fake;

/** Answers as the candidate says; `flaky` ones only after the server has failed twice. */
function startJudge(options: { port?: number; latencyMs?: number } = {}): Promise<Fake> {
  const failures = new Map<string, number>();
  return startFakeOpenai({
    ...options,
    reply: ({ body }) => {
      const { candidate, attempt } = asked(body as ChatBody);
      const [word = ''] = candidate.split(' ');
      const failed = failures.get(candidate) ?? 0;
      if (word === 'flaky' && failed < 2) {
        failures.set(candidate, failed + 1);
        return { status: failed === 0 ? 500 : 429, headers: { 'retry-after': '0' } };
      }
      return (JUDGES[word]?.(attempt) ?? GOOD) as string;
    },
  });
}

beforeAll(async () => {
  home = await CliHome.create();
  [service, fake] = await Promise.all([
    EvaluationService.start(home.dir, { SRVAU_JOB_LEASE_MS: '3000' }),
    startJudge(),
  ]);
});

afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await fake.close();
  await home.remove();
});

const uriOf = (name: string): string => pathToFileURL(join(home.dir, name)).href;
const judgeAt = ({ url }: { url: string }): string => `openai:${url}#judge`;
const reference = { description: 'A man climbs over a fence at night.', anomalyClass: 'Burglary' };
const itemOf = (candidate: string): VauEvalItem => ({ id: `id ${candidate}`, candidate, reference });

const submit = (body: object): Promise<string> => service.submit('judge', { judge: judgeAt(fake), ...body });
const refusal = (body: object): Promise<SrvauError> => refusalOf(submit(body));
const ended = (jobId: string): Promise<JobRecord> => service.ended(jobId);
const result = (jobId: string): Promise<EvaluationJudgeResult> => service.result(jobId);

const linesOf = <T>(path: string): T[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as T);

const placeOf = (id: string, { repeat, attempt }: JudgeReply): string => `${id} ${repeat} ${attempt}`;

/** The seed with which each reply of a whole run was asked for: no two have the same. */
function seedsOf({ requests }: Fake, judgements: readonly VauEvalJudgement[]): Map<string, number> {
  const asks = requests.map(({ body }) => ({ id: `id ${asked(body as ChatBody).candidate}`, ...(body as ChatBody) }));
  const seeds = judgements.flatMap(({ id, replies }) => {
    const own = asks.filter((each) => each.id === id);
    return replies.map((reply, i): [string, number] => [placeOf(id, reply), own[i]?.seed ?? NaN]);
  });
  expect(new Set(seeds.map(([, seed]) => seed)).size).toBe(seeds.length);
  return new Map(seeds);
}

describe('srvau.evaluation.judge', () => {
  it('marks what a judge marks, and counts the rest by reason', async () => {
    const words = [...Object.keys(JUDGES), 'flaky'];
    const items = [...words.map((word) => itemOf(`${word} text`)), itemOf(' ')];
    const found = await result(await submit({ items, maxNewTokens: 64 }));
    expect(found).toMatchObject({
      dimensions: { cls: { mean: MARKS.cls, n: 7 }, fac: { mean: MARKS.fac, n: 7 } },
      ...{ total: 36, items: 14, judged: 7, repeats: 1, agreement: null },
      judge: { backend: 'openai', model: 'judge', hash: null },
      answeredBy: { judge: expect.any(Number) },
      promptId: 'vau-eval/1',
      promptHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      sampling: { temperature: 0, maxNewTokens: 64, seed: 0 },
      faults: { 'cut-off': 3, empty: 3, filtered: 3, 'mark-missing': 1, 'mark-wrong': 6, 'no-marks': 3 },
    });
    const reasons = Object.entries(found.unscored.reasons).map(([reason, { ids }]) => [reason, ids]);
    expect(Object.fromEntries(reasons)).toEqual({
      'candidate-empty': ['id  '],
      'cut-off': ['id endless text'],
      empty: ['id empty text'],
      filtered: ['id filtered text'],
      'mark-wrong': ['id out-of-ten text'],
      'no-marks': ['id prose text'],
      'request-refused': ['id too-long text'],
    });
    expect(found.unscored.count).toBe(7);

    const judgements = linesOf<VauEvalJudgement>(join(found.out, 'judgements.jsonl'));
    expect(judgements.map(({ id }) => id)).toEqual(items.map(({ id }) => id));
    const of = (word: string): VauEvalJudgement | undefined => judgements.find(({ id }) => id === `id ${word} text`);
    expect(of('prose')?.replies.map(({ text }) => text)).toEqual(new Array(3).fill(JUDGES['prose']?.(0)));
    expect(of('eleven')?.replies.map(({ fault }) => fault?.code ?? null)).toEqual(['mark-wrong', null]);
    expect(of('endless')?.replies[0]?.text.length).toBe(64 * 32 + 256);
    expect(of('too-long')?.repeats).toEqual([
      { marks: null, unscored: 'request-refused', detail: expect.stringContaining('context length') },
    ]);
    // Every request asked for the form, at temperature 0.
    for (const { body } of fake.requests) {
      expect(body).toMatchObject({ temperature: 0, max_tokens: 64, response_format: { type: 'json_schema' } });
    }
  });

  it('waits for a judge that is away, says so, and can be cancelled', async () => {
    const { port, url } = await (async () => {
      await using gone = await startJudge();
      return { port: gone.port, url: gone.url };
    })();
    const jobId = await submit({ judge: judgeAt({ url }), items: [itemOf('good')] });
    await eventually('the job says what it waits for', async () => {
      const { progress } = await service.jobs.get(jobId);
      return progress?.stage.startsWith('waiting for the judge (') === true && progress.stage.includes('ECONNREFUSED');
    });
    const other = await submit({ judge: judgeAt({ url }), items: [itemOf('good')] });
    await eventually('the other job runs', async () => (await service.jobs.get(other)).state === 'running');
    await service.jobs.cancel(other);
    expect(await ended(other)).toMatchObject({ state: 'cancelled' });
    await using _back = await startJudge({ port });
    expect(await result(jobId)).toMatchObject({ judged: 1, total: 36 });
  });

  it('asks nothing twice that was answered, when the worker is killed', async () => {
    await using slow = await startJudge({ latencyMs: 40 });
    const words = ['good', 'prose', 'eleven', 'fenced'];
    const items = Array.from({ length: 40 }, (_, i) => itemOf(`${words[i % 4] ?? ''} ${i}`));
    writeJsonl(join(home.dir, 'items.jsonl'), items);
    const request = { judge: `${judgeAt(slow)}?concurrency=4`, itemsUri: uriOf('items.jsonl'), repeats: 2 };
    const whole = await result(await submit({ ...request, out: uriOf('whole') }));
    expect(whole).toMatchObject({ judged: 30, repeats: 2, agreement: { cls: { pairs: 30, exact: 100 } } });

    const seeds = seedsOf(slow, linesOf<VauEvalJudgement>(join(home.dir, 'whole/judgements.jsonl')));
    slow.requests.splice(0);
    const jobId = await submit({ ...request, out: uriOf('killed') });
    const journal = join(home.dir, 'killed/work/replies.jsonl');
    await eventually('some replies', () => existsSync(journal) && linesOf(journal).length > 40);
    await service.kill();
    const answered = linesOf<{ id: string; reply: JudgeReply }>(journal);
    expect(answered.length).toBeLessThan(whole.replies);
    await service.startAgain();
    expect(await result(jobId)).toMatchObject({ judged: 30, replies: whole.replies });
    const asks = slow.requests.map(({ body }) => (body as ChatBody).seed);
    for (const { id, reply } of answered) {
      const seed = seeds.get(placeOf(id, reply));
      expect(asks.filter((each) => each === seed)).toHaveLength(1);
    }
    // What was under way at the kill is asked again, and nothing else.
    expect(new Set(asks)).toEqual(new Set(seeds.values()));
    for (const name of ['judgements.jsonl', 'summary.json', 'judge.json']) {
      expect(readFileSync(join(home.dir, 'killed', name))).toEqual(readFileSync(join(home.dir, 'whole', name)));
    }

    // The same request again finds all done; another one is not mixed in.
    slow.requests.splice(0);
    expect(await result(await submit({ ...request, out: uriOf('killed') }))).toMatchObject({ judged: 30 });
    expect(slow.requests).toHaveLength(0);
    const { state, error } = await ended(await submit({ ...request, repeats: 3, out: uriOf('killed') }));
    expect({ state, error }).toMatchObject({ state: 'failed', error: { code: 'CONFLICT' } });
    expect(error?.message).toContain('killed: settings: expected');
  });

  it('fails for what concerns every item', async () => {
    await using locked = await startFakeOpenai({ key: 'a key that nobody has' });
    const { state, error } = await ended(await submit({ judge: judgeAt(locked), items: [itemOf('good')] }));
    expect({ state, error }).toMatchObject({ state: 'failed', error: { code: 'FORBIDDEN' } });
  });

  it.each<[string, object, string, string]>([
    ['no items', {}, 'INVALID_REQUEST', 'items'],
    ['items twice over', { items: [itemOf('a')], itemsUri: 'file:///i.jsonl' }, 'INVALID_REQUEST', 'items'],
    ['an empty list', { items: [] }, 'INVALID_REQUEST', 'items'],
    ['one id twice', { items: [itemOf('a'), itemOf('a')] }, 'INVALID_REQUEST', 'items[1]: id'],
    [
      'a reference that says nothing',
      { items: [{ ...itemOf('a'), reference: { question: 'What?', description: ' ', reasoning: null } }] },
      ...(['INVALID_REQUEST', 'items[0]: reference'] as const),
    ],
    ['no reference', { items: [{ id: 'a', candidate: 'x' }] }, 'INVALID_REQUEST', 'items[0].reference'],
    ['an unknown field', { items: [{ ...itemOf('a'), score: 5 }] }, 'INVALID_REQUEST', 'items[0].score'],
    [
      'a candidate that is no text',
      { items: [{ ...itemOf('a'), candidate: 7 }] },
      'INVALID_REQUEST',
      'items[0].candidate',
    ],
    [
      'too much for the record of a job',
      { items: [1, 2, 3, 4, 5, 6].map((n) => ({ ...itemOf('x'.repeat(99_000)), id: `${n}` })) },
      'PAYLOAD_TOO_LARGE',
      'items',
    ],
    ['too many repeats', { items: [itemOf('a')], repeats: 11 }, 'INVALID_REQUEST', 'repeats'],
    ['a judge elsewhere', { items: [itemOf('a')], judge: 'openai:https://10.0.0.1/v1#j' }, 'FORBIDDEN', 'judge'],
    ['no such backend', { items: [itemOf('a')], judge: 'ftp:somewhere' }, 'INVALID_REQUEST', 'judge'],
    ['a file outside of the roots', { itemsUri: 'file:///etc/passwd' }, 'FORBIDDEN', 'itemsUri'],
    ['a file over HTTP', { itemsUri: 'http://127.0.0.1/items.jsonl' }, 'INVALID_REQUEST', 'itemsUri'],
    ['a directory elsewhere', { items: [itemOf('a')], out: 'file:///etc' }, 'FORBIDDEN', 'out'],
  ])('refuses %s', async (_, body, code, field) => {
    const error = await refusal(body);
    expect([error.code, error.details[0]?.field]).toEqual([code, field]);
  });

  it('refuses a directory with something else in it', async () => {
    mkdirSync(join(home.dir, 'mine'));
    writeFileSync(join(home.dir, 'mine/thesis.tex'), '');
    const error = await refusal({ items: [itemOf('a')], out: uriOf('mine') });
    expect(error).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('thesis.tex') });
  });

  it.each([
    ['a CSV', 'id,candidate\n1,A man\n', /^itemsUri: .*bad\.jsonl, line 1: expected one JSON value/],
    ['an item without a reference', '{"id": "a", "candidate": "x"}\n', /line 1: reference: expected/],
    [
      'one id twice',
      `${JSON.stringify(itemOf('a'))}\n${JSON.stringify(itemOf('a'))}\n`,
      /line 2: id: expected an id of/,
    ],
    ['nothing', '', /bad\.jsonl: expected items, one a line, received none/],
  ])('fails the job of a file with %s, by the line', async (_, text, message) => {
    writeFileSync(join(home.dir, 'bad.jsonl'), text);
    const { state, error } = await ended(await submit({ itemsUri: uriOf('bad.jsonl') }));
    expect({ state, error }).toMatchObject({ state: 'failed', error: { code: 'UNPROCESSABLE' } });
    expect(error?.message).toMatch(message);
  });
});

describe('srvau evaluate judge', () => {
  it('shows the marks, what is missing, and where all replies are; the same command again asks nothing', async () => {
    writeJsonl(join(home.dir, 'few.jsonl'), ['good', 'eleven', 'prose'].map(itemOf));
    const env = { SRVAU_NATS_URL: service.nats.url };
    const args = [
      'evaluate',
      'judge',
      '--items',
      'few.jsonl',
      '--judge',
      judgeAt(fake),
      '--repeats',
      '2',
      '--out',
      'few',
    ];
    fake.requests.splice(0);
    const { code, stdout, stderr } = await home.run(args, env);
    expect([code, stderr.includes('3 of 3 items')]).toEqual([3, true]);
    expect(stdout).toContain('VAU-Eval  2 of 3 items judged, 2 times each\n  by judge; prompt vau-eval/1 ');
    expect(stdout).toMatch(/CLS +KM +FLU +INF +FAC +TOTAL\n +8\.00 +7\.00 +10\.00 +5\.00 +6\.00 +36\.00\n/);
    expect(stdout).toMatch(/equal marks, % +100\.00/);
    expect(stdout).toMatch(/without marks: 1 item; the means are over the others\n +no-marks +1 +id prose\n/);
    expect(fake.requests).toHaveLength(2 * (1 + 2 + 3));
    const again = await home.run([...args, '--json'], env);
    expect(JSON.parse(again.stdout)).toMatchObject({ judged: 2, total: 36, out: join(home.dir, 'few') });
    expect(fake.requests).toHaveLength(12);
  });
});
