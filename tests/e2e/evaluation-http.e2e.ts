import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { connect, type Socket } from 'node:net';
import { copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import {
  type EvaluationScores,
  type JobAccepted,
  type JobRecord,
  SUBJECTS,
  TERMINAL_STATES,
  type WireError,
} from '@srvau/contracts';
import { NatsLink, NatsServerProcess, ServiceClient } from '@srvau/messaging';
import { makeRow, writeSmallDataset } from '../../apps/dataset/test/small-dataset';
import { startFakeOpenai } from '../../libs/models/test/fake-openai/server.mjs';
import { makeClip } from '../../libs/video/test/clips';
import { questions, writeJsonl } from './support/evaluation-rows';
import { eventsOf } from './support/event-stream';
import { eventually } from './support/eventually';
import { GOOD } from './support/judge';
import { type OpenApi, OpenApiReplies } from './support/openapi-replies';
import { ServiceProcess } from './support/service-process';
import { type TempHome, tempHome } from './support/temp-home';

jest.setTimeout(120_000);

const MAX_IN_FLIGHT = 8;

let home: TempHome;
let nats: NatsServerProcess;
let replicas: [ServiceProcess, ServiceProcess];
let service: ServiceProcess;
let link: NatsLink;
let fake: Awaited<ReturnType<typeof startFakeOpenai>>;
let api: OpenApi;
let replies: OpenApiReplies;

beforeAll(async () => {
  home = await tempHome();
  nats = await NatsServerProcess.start({ dir: join(home.dir, 'nats') });
  fake = await startFakeOpenai({
    reply: ({ body }) => {
      if (JSON.stringify(body).includes('What stalls?')) return { fault: 'stalls' };
      return (body as { model: string }).model === 'judge' ? GOOD : '<answer>B</answer>';
    },
  });
  const env = {
    ...{ SRVAU_NATS_URL: nats.url, SRVAU_FILE_ROOTS: home.dir, SRVAU_MAX_IN_FLIGHT: String(MAX_IN_FLIGHT) },
    ...{ SRVAU_EVALUATION_MODEL: `openai:${fake.url}#fake`, SRVAU_EVALUATION_REPORTS: inFolder('reports') },
  };
  replicas = [1, 2].map(
    (n) => new ServiceProcess('evaluation', { env: { ...env, SRVAU_HOME: join(home.dir, `state-${n}`) } }),
  ) as [ServiceProcess, ServiceProcess];
  [service] = replicas;
  link = new NatsLink({ config: { servers: [nats.url] }, name: 'test' });
  await Promise.all([
    ...replicas.map((replica) => replica.ready()),
    makeClip(join(home.dir, 'clip.mp4'), [0, 500, 1000, 1500]),
  ]);
  api = JSON.parse((await service.http('/openapi.json')).body) as OpenApi;
  replies = new OpenApiReplies(api);
});

afterAll(async () => {
  await Promise.all(replicas.map((replica) => replica[Symbol.asyncDispose]()));
  await link.drain();
  await fake.close();
  await nats.kill();
  await home[Symbol.asyncDispose]();
});

interface Answer {
  status: number;
  headers: Headers;
  body: unknown;
}

/** Calls a route; the answer must be one that the OpenAPI document tells of. */
async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const answer = await service.http(path, {
    method,
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    headers: { 'content-type': 'application/json', ...headers },
  });
  const parsed: unknown = JSON.parse(answer.body);
  replies.check(method, path, answer.status, parsed);
  return { status: answer.status, headers: answer.headers, body: parsed };
}

const post = (path: string, body: unknown, headers?: Record<string, string>): Promise<Answer> =>
  call('POST', path, body, headers);

const errorOf = ({ body }: Answer): WireError => (body as { error: WireError }).error;
const inFolder = (name: string): string => pathToFileURL(join(home.dir, name)).href;

function rowsFile(name: string, rows: readonly object[]): string {
  writeJsonl(join(home.dir, name), rows);
  return inFolder(name);
}

const jobOf = async (jobId: string): Promise<JobRecord> => (await call('GET', `/v1/jobs/${jobId}`)).body as JobRecord;

const ended = (jobId: string): Promise<JobRecord> =>
  eventually('the end of the job', async () => {
    const record = await jobOf(jobId);
    return TERMINAL_STATES.has(record.state) && record;
  });

/** A job that takes a second or two. */
async function longJob(): Promise<JobAccepted> {
  const [referencesUri, predictionsUri] = ['long-references.jsonl', 'long-predictions.jsonl'].map(inFolder);
  const { status, body } = await post('/v1/score', { referencesUri, predictionsUri });
  expect(status).toBe(202);
  return (body as { job: JobAccepted }).job;
}

describe('the OpenAPI document', () => {
  it('is valid to an independent validator', async () => {
    const file = join(home.dir, 'openapi.json');
    await writeFile(file, JSON.stringify(api));
    const resolve = createRequire(__filename).resolve;
    const program = join(resolve('@seriousme/openapi-schema-validator/package.json'), '../bin/validate-api-cli.js');
    const { stdout } = await promisify(execFile)(process.execPath, [program, file]);
    expect(JSON.parse(stdout)).toEqual({ valid: true });
    expect(api.openapi).toBe('3.1.0');
  });

  it('refers to nothing that it lacks, and tells rules and meaning of the fields of requests', () => {
    const { schemas } = api.components;
    const named = [...JSON.stringify(api).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
      ([, name = '']) => name,
    );
    expect(named.filter((name) => !Object.hasOwn(schemas, name))).toEqual([]);
    expect(named.length).toBeGreaterThan(50);
    expect(schemas).toMatchObject({
      EvaluationScoreRequest: {
        properties: {
          resamples: { type: 'integer', maximum: 10_000, description: expect.stringMatching(/bootstrap/) as string },
        },
      },
    });
    const operations = Object.values(api.paths).flatMap((methods) => Object.values(methods));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  });

  it('tells of routes that are there, and of those alone', async () => {
    const routes = Object.entries(api.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => ({
        method: method.toUpperCase(),
        path: path.replace(/\{\w+\}/g, 'none-such'),
      })),
    );
    for (const { method, path } of routes) {
      const { status, body } = await service.http(path, { method });
      expect([method, path, status, body]).not.toEqual([method, path, 405, expect.anything()]);
      expect(body).not.toContain('the path: expected one of');
    }
    expect(routes.length).toBeGreaterThanOrEqual(5);
  });
});

describe('POST /v1/score', () => {
  beforeAll(() => {
    const { references, predictions } = questions(300_000, 200_000);
    rowsFile('long-references.jsonl', references);
    rowsFile('long-predictions.jsonl', predictions);
  });

  it('answers as the subject does, byte for byte', async () => {
    const rows = questions(251, 243);
    const { status, body, headers } = await post('/v1/score', rows, { 'srvau-request-id': 'mine-7' });
    expect(status).toBe(200);
    expect((body as EvaluationScores).qa.accuracy).toBeCloseTo(96.81, 2);
    expect(headers.get('srvau-request-id')).toBe('mine-7');
    const overNats = await new ServiceClient(link).request(SUBJECTS.evaluationScore, rows as never);
    expect(JSON.stringify(body)).toBe(JSON.stringify(overNats));
  });

  it('makes a job of long files, and answers short calls while it works', async () => {
    const { jobId } = await longJob();
    const running = async (): Promise<boolean> => (await jobOf(jobId)).state === 'running';
    await eventually('the start of the job', running);
    for (let i = 0; i < 20; i += 1) {
      expect((await post('/v1/score', questions(20, i))).body).toMatchObject({ qa: { correct: i } });
    }
    expect(await running()).toBe(true);
    expect(await ended(jobId)).toMatchObject({
      state: 'succeeded',
      result: { qa: { correct: 200_000, total: 300_000 } },
    });
  });

  it('stops a job that is cancelled', async () => {
    const { jobId } = await longJob();
    await eventually('the start of the job', async () => (await jobOf(jobId)).state === 'running');
    expect((await call('DELETE', `/v1/jobs/${jobId}`)).status).toBe(200);
    expect((await ended(jobId)).state).toBe('cancelled');
    // The thread that was ended has a successor.
    const { references, predictions } = questions(5, 4);
    const uris = {
      referencesUri: rowsFile('few-references.jsonl', references),
      predictionsUri: rowsFile('few-predictions.jsonl', predictions),
    };
    expect((await post('/v1/score', uris)).body).toMatchObject({ qa: { correct: 4 } });
  });
});

describe('what is wrong', () => {
  const rows = questions(2, 1);
  const video = 'file:///etc/hostname';

  it.each<[string, string, unknown, Record<string, string>, number, string, RegExp]>([
    ['CSV', '/v1/score', 'id,answer\nq0,C\n', {}, 400, 'INVALID_JSON', /looks like CSV, "id,answer"/],
    [
      'CSV that says so',
      '/v1/score',
      'id,answer\n',
      { 'content-type': 'text/csv' },
      415,
      'INVALID_REQUEST',
      /text\/csv/,
    ],
    ['JSONL', '/v1/score', '{"id":1}\n{"id":2}\n', {}, 400, 'INVALID_JSON', /one a line \(JSONL\)/],
    ['half of it', '/v1/score', '{"references":[', {}, 400, 'INVALID_JSON', /Unexpected end of JSON/],
    ['no object', '/v1/score', '[]', {}, 400, 'INVALID_REQUEST', /expected a JSON object/],
    ['a wrong field', '/v1/score', { ...rows, refs: 1 }, {}, 400, 'INVALID_REQUEST', /refs: expected no such field/],
    ['no references', '/v1/score', { ...rows, references: [] }, {}, 422, 'UNPROCESSABLE', /at least one reference/],
    ['too much', '/v1/score', 'x'.repeat(1_100_000), {}, 413, 'PAYLOAD_TOO_LARGE', /at most 1048576 bytes/],
    ['compressed', '/v1/score', rows, { 'content-encoding': 'gzip' }, 400, 'INVALID_REQUEST', /Content-Encoding/],
    ['a strange type', '/v1/predict', { video }, { accept: 'image/png' }, 406, 'INVALID_REQUEST', /Accept: expected/],
    ['a forbidden file', '/v1/predict', { video }, {}, 403, 'FORBIDDEN', /video/],
    ['a half question', '/v1/predict', { video, question: 'Who?' }, {}, 400, 'INVALID_REQUEST', /options/],
    ['http', '/v1/predict', { video: 'http://127.0.0.1/x.mp4' }, {}, 400, 'INVALID_REQUEST', /file:\/\/\/… or s3/],
  ])('is named: %s', async (_, path, body, headers, status, code, message) => {
    const answer = await post(path, body, headers);
    expect([answer.status, errorOf(answer).code, errorOf(answer).message]).toEqual([
      status,
      code,
      expect.stringMatching(message),
    ]);
  });

  it('is a route or a method that there is not', async () => {
    const unknown = await service.http('/v1/scores');
    expect([unknown.status, unknown.body]).toEqual([404, expect.stringContaining('expected one of /v1/score')]);
    const wrong = await service.http('/v1/score', { method: 'PUT' });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'POST']);
    expect(JSON.parse(wrong.body)).toMatchObject({ error: { code: 'INVALID_REQUEST' } });
    expect((await call('GET', '/v1/jobs/none-such-job')).status).toBe(404);
  });

  it('is a caller who names another host, as a page in a browser would', async () => {
    const socket = await openSocket();
    socket.write(`POST /v1/score HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\n\r\n`);
    expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 403 .*Host: expected localhost/s);
    socket.destroy();
  });
});

async function openSocket(): Promise<Socket> {
  const { port } = await address();
  return connect(port, '127.0.0.1');
}

/** What has come once something has. */
function textOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once('data', (chunk) => resolve(chunk.toString()));
    socket.once('error', reject);
  });
}

it('is busy beyond its bound, says for how long, and recovers', async () => {
  const held = await Promise.all(Array.from({ length: MAX_IN_FLIGHT }, openSocket));
  for (const socket of held) {
    socket.write(
      'POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{',
    );
  }
  const busy = await eventually('a refusal', async () => {
    const answer = await post('/v1/score', questions(1, 1));
    return answer.status === 429 && answer;
  });
  expect(errorOf(busy)).toMatchObject({ code: 'BUSY', retryAfterMs: 500 });
  expect(busy.headers.get('retry-after')).toBe('1');
  for (const socket of held) socket.destroy();
  await eventually('an answer', async () => (await post('/v1/score', questions(1, 1))).status === 200);
});

describe('POST /v1/predict', () => {
  const request = (question: string): object => ({
    video: inFolder('clip.mp4'),
    question,
    options: ['A dog', 'A cat'],
    prompt: 'direct',
  });

  it('answers whole, or as events', async () => {
    const whole = await post('/v1/predict', request('What runs?'));
    expect(whole).toMatchObject({ status: 200, body: { task: 'qa', final: { option: 'B' } } });
    const { port } = await address();
    const response = await fetch(`http://127.0.0.1:${port}/v1/predict`, {
      ...{ method: 'POST', body: JSON.stringify(request('What runs?')) },
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    });
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const events = await eventsOf(response);
    const tokens = events.filter(({ event }) => event === 'token').map(({ data }) => (data as { text: string }).text);
    expect(tokens.join('')).toBe('<answer>B</answer>');
    const last = events.at(-1);
    expect(last).toMatchObject({ event: 'result', data: { transcript: '<answer>B</answer>', final: { option: 'B' } } });
    replies.check('POST', '/v1/predict', 200, last?.data);
  });

  it('refuses by status, also where events were asked for', async () => {
    const answer = await post(
      '/v1/predict',
      { ...request('What?'), video: inFolder('none.mp4') },
      { accept: 'text/event-stream' },
    );
    expect(answer).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } });
  });

  it('asks no longer when the caller has gone', async () => {
    const gone = new AbortController();
    const { port } = await address();
    const response = await fetch(`http://127.0.0.1:${port}/v1/predict`, {
      ...{ method: 'POST', body: JSON.stringify(request('What stalls?')), signal: gone.signal },
      headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
    });
    expect(response.status).toBe(200);
    expect(fake.load.now).toBe(1);
    gone.abort();
    await eventually('the end of the request to the model', () => fake.load.now === 0);
  });
});

async function address(): Promise<{ port: number }> {
  return { port: Number((await service.logged('HTTP listens'))['httpPort']) };
}

describe('runs and reports', () => {
  const get = (path: string, accept?: string): ReturnType<ServiceProcess['http']> =>
    service.http(path, accept === undefined ? {} : { headers: { accept } });

  beforeAll(async () => {
    const dataset = join(home.dir, 'dataset');
    const rows = Array.from({ length: 3 }, (_, i) => makeRow(i, { video: 'clip.mp4', videoKey: 'clip' }));
    await writeSmallDataset(dataset, rows);
    await copyFile(join(home.dir, 'clip.mp4'), join(dataset, 'videos/clip.mp4'));
    for (const name of ['one', 'two']) {
      const run = {
        name,
        model: `openai:${fake.url}#${name}`,
        dataset: inFolder('dataset'),
        tasks: ['qa'],
        resamples: 50,
      };
      const { status, body } = await post('/v1/runs', run);
      expect([status, body]).toEqual([202, { jobId: expect.any(String) as string, created: true }]);
      expect(await ended((body as JobAccepted).jobId)).toMatchObject({ state: 'succeeded' });
    }
  });

  it('lists the reports, and gives each in the form that is asked for', async () => {
    const { body } = await call('GET', '/v1/reports');
    expect(body).toMatchObject({ reports: [{ name: 'one' }, { name: 'two' }], more: false });
    expect((await call('GET', '/v1/reports?limit=1')).body).toMatchObject({ reports: [{ name: 'one' }], more: true });
    const report = await call('GET', '/v1/reports/one');
    expect(report.body).toMatchObject({ name: 'one', dataset: { rows: 3 } });
    expect((await call('GET', '/v1/reports/one.json', undefined, { accept: 'text/html' })).body).toEqual(report.body);
    for (const [path, accept, type, start] of [
      ['/v1/reports/one.md', undefined, 'text/markdown', '#'],
      ['/v1/reports/one', 'text/markdown', 'text/markdown', '#'],
      ['/v1/reports/one.html', undefined, 'text/html', '<!'],
      ['/v1/reports/one', 'text/html,application/xhtml+xml,*/*;q=0.8', 'text/html', '<!'],
    ] as const) {
      const text = await get(path, accept);
      expect([text.status, text.headers.get('content-type')]).toEqual([200, `${type}; charset=utf-8`]);
      expect(text.body.slice(0, start.length)).toBe(start);
    }
    expect((await get('/v1/reports/one', 'image/png')).status).toBe(406);
  });

  it('compares two, and names what it cannot give', async () => {
    const compared = await post('/v1/reports/compare', { first: 'one', second: 'two', resamples: 50 });
    expect(compared.status).toBe(200);
    for (const [path, status, code] of [
      ['/v1/reports/none', 404, 'NOT_FOUND'],
      ['/v1/reports/..%2f..%2fstate', 400, 'INVALID_REQUEST'],
      ['/v1/reports?limit=0', 400, 'INVALID_REQUEST'],
      ['/v1/reports?first=1', 400, 'INVALID_REQUEST'],
    ] as const) {
      const answer = await call('GET', path);
      expect([path, answer.status, errorOf(answer).code]).toEqual([path, status, code]);
    }
  });

  it('has descriptions judged', async () => {
    const items = [{ id: 'a', candidate: 'A man climbs.', reference: { description: 'A man climbs over a fence.' } }];
    const { status, body } = await post('/v1/judge', { judge: `openai:${fake.url}#judge`, items });
    expect(status).toBe(202);
    expect(await ended((body as JobAccepted).jobId)).toMatchObject({ state: 'succeeded', result: { judged: 1 } });
  });
});

describe('two replicas', () => {
  it('share the calls over NATS, and one goes on where the other is killed', async () => {
    const client = new ServiceClient(link);
    const askAll = (count: number): Promise<unknown> =>
      Promise.all(
        Array.from({ length: count }, () =>
          client.request(SUBJECTS.evaluationScore, questions(20, 7) as never, {
            ...{ retries: 50, idempotent: true, attemptMs: 2_000, timeoutMs: 30_000 },
          }),
        ),
      );
    await askAll(60);
    for (const replica of replicas) {
      const { body } = await replica.http('/metrics');
      expect(body).toMatch(/srvau_requests_total\{subject="srvau.evaluation.score",code="OK"\} [1-9]/);
    }
    const asked = askAll(60);
    replicas[1].signal('SIGKILL');
    await asked;
  });

  it('answers what it has begun before it ends', async () => {
    const { port } = await address();
    const slow = await openSocket();
    const body = JSON.stringify(questions(3, 2));
    const head = `POST /v1/score HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    slow.write(head + body);
    service.signal('SIGTERM');
    expect(await textOf(slow)).toMatch(/^HTTP\/1\.1 (200|503) /);
    slow.destroy();
    expect((await service.exited).code).toBe(0);
  });
});
