import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type EvaluationScores, type JobAccepted, SUBJECTS } from '@srvau/contracts';
import { questions, writeJsonl } from './support/evaluation-rows';
import { EvaluationService } from './support/evaluation-service';
import { eventually } from './support/eventually';
import { errorOf, OpenApiCalls } from './support/openapi-calls';
import type { ServiceProcess } from './support/service-process';
import { type TempHome, tempHome } from './support/temp-home';

jest.setTimeout(120_000);

const MAX_IN_FLIGHT = 8;

let home: TempHome;
let evaluation: EvaluationService;
let service: ServiceProcess;
let calls: OpenApiCalls;

beforeAll(async () => {
  home = await tempHome();
  evaluation = await EvaluationService.start(home.dir, {
    SRVAU_MAX_IN_FLIGHT: String(MAX_IN_FLIGHT),
    // What is wrong with a prediction is told before a model is asked: nobody is there.
    SRVAU_EVALUATION_MODEL: 'openai:http://127.0.0.1:9/v1#model',
  });
  service = evaluation.process;
  calls = await OpenApiCalls.of(service);
});

afterAll(async () => {
  await evaluation[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

const inFolder = (name: string): string => pathToFileURL(join(home.dir, name)).href;

function rowsFile(name: string, rows: readonly object[]): string {
  writeJsonl(join(home.dir, name), rows);
  return inFolder(name);
}

/** A job that takes a second or two. */
async function longJob(): Promise<JobAccepted> {
  const [referencesUri, predictionsUri] = ['long-references.jsonl', 'long-predictions.jsonl'].map(inFolder);
  const { status, body } = await calls.post('/v1/score', { referencesUri, predictionsUri });
  expect(status).toBe(202);
  return (body as { job: JobAccepted }).job;
}

describe('the OpenAPI document', () => {
  it('is valid to an independent validator', async () => {
    const file = join(home.dir, 'opencalls.document.json');
    await writeFile(file, JSON.stringify(calls.document));
    const resolve = createRequire(__filename).resolve;
    const program = join(resolve('@seriousme/openapi-schema-validator/package.json'), '../bin/validate-api-cli.js');
    const { stdout } = await promisify(execFile)(process.execPath, [program, file]);
    expect(JSON.parse(stdout)).toEqual({ valid: true });
    expect(calls.document.openapi).toBe('3.1.0');
  });

  it('refers to nothing that it lacks, and tells rules and meaning of the fields of requests', () => {
    const { schemas } = calls.document.components;
    const named = [...JSON.stringify(calls.document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
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
    const operations = Object.values(calls.document.paths).flatMap((methods) => Object.values(methods));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  });

  it('tells of routes that are there, and of those alone', async () => {
    const routes = Object.entries(calls.document.paths).flatMap(([path, methods]) =>
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
    const { status, body, headers } = await calls.post('/v1/score', rows, { 'srvau-request-id': 'mine-7' });
    expect(status).toBe(200);
    expect((body as EvaluationScores).qa.accuracy).toBeCloseTo(96.81, 2);
    expect(headers.get('srvau-request-id')).toBe('mine-7');
    const overNats = await evaluation.client.request(SUBJECTS.evaluationScore, rows as never);
    expect(JSON.stringify(body)).toBe(JSON.stringify(overNats));
  });

  it('makes a job of long files, and answers short calls while it works', async () => {
    const { jobId } = await longJob();
    const running = async (): Promise<boolean> => (await calls.job(jobId)).state === 'running';
    await eventually('the start of the job', running);
    for (let i = 0; i < 20; i += 1) {
      expect((await calls.post('/v1/score', questions(20, i))).body).toMatchObject({ qa: { correct: i } });
    }
    expect(await running()).toBe(true);
    expect(await calls.ended(jobId)).toMatchObject({
      state: 'succeeded',
      result: { qa: { correct: 200_000, total: 300_000 } },
    });
  });

  it('stops a job that is cancelled', async () => {
    const { jobId } = await longJob();
    await eventually('the start of the job', async () => (await calls.job(jobId)).state === 'running');
    expect((await calls.call('DELETE', `/v1/jobs/${jobId}`)).status).toBe(200);
    expect((await calls.ended(jobId)).state).toBe('cancelled');
    // The thread that was ended has a successor.
    const { references, predictions } = questions(5, 4);
    const uris = {
      referencesUri: rowsFile('few-references.jsonl', references),
      predictionsUri: rowsFile('few-predictions.jsonl', predictions),
    };
    expect((await calls.post('/v1/score', uris)).body).toMatchObject({ qa: { correct: 4 } });
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
    const answer = await calls.post(path, body, headers);
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
    expect((await calls.get('/v1/jobs/none-such-job')).status).toBe(404);
  });

  it('is a caller who names another host, as a page in a browser would', async () => {
    const socket = await openSocket();
    socket.write(`POST /v1/score HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 0\r\n\r\n`);
    expect(await textOf(socket)).toMatch(/^HTTP\/1\.1 403 .*Host: expected localhost/s);
    socket.destroy();
  });
});

async function openSocket(): Promise<Socket> {
  const { httpPort } = await service.logged('HTTP listens');
  return connect(Number(httpPort), '127.0.0.1');
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
    const answer = await calls.post('/v1/score', questions(1, 1));
    return answer.status === 429 && answer;
  });
  expect(errorOf(busy)).toMatchObject({ code: 'BUSY', retryAfterMs: 500 });
  expect(busy.headers.get('retry-after')).toBe('1');
  for (const socket of held) socket.destroy();
  await eventually('an answer', async () => (await calls.post('/v1/score', questions(1, 1))).status === 200);
});

describe('two replicas', () => {
  it('share the calls over NATS, and one goes on where the other is killed', async () => {
    const { client } = evaluation;
    const other = await evaluation.addReplica();
    const askAll = (count: number): Promise<unknown> =>
      Promise.all(
        Array.from({ length: count }, () =>
          client.request(SUBJECTS.evaluationScore, questions(20, 7) as never, {
            ...{ retries: 50, idempotent: true, attemptMs: 2_000, timeoutMs: 30_000 },
          }),
        ),
      );
    await askAll(60);
    for (const replica of [service, other]) {
      const { body } = await replica.http('/metrics');
      expect(body).toMatch(/srvau_requests_total\{subject="srvau.evaluation.score",code="OK"\} [1-9]/);
    }
    const asked = askAll(60);
    other.signal('SIGKILL');
    await asked;
  });
});

it('answers what it has begun before it ends', async () => {
  const slow = await openSocket();
  const body = JSON.stringify(questions(3, 2));
  const head = `POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  slow.write(head + body);
  service.signal('SIGTERM');
  expect(await textOf(slow)).toMatch(/^HTTP\/1\.1 (200|503) /);
  slow.destroy();
  expect((await service.exited).code).toBe(0);
});
